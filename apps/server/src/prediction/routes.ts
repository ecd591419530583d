import type { contract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { rowReply } from "../reply.js";
import type { PredictionService } from "./service.js";
import { type TellOptions, toNextState, toNextStateRaw } from "./wire.js";

export function predictionRoutes(
  predictions: PredictionService,
  options: TellOptions,
): Handlers<typeof contract.prediction> {
  return {
    predict: async ({ body: question, principal }) => {
      const { body, entries } = await predictions.predict(question, principal.userId, (forecast) =>
        toNextState(forecast, options),
      );
      return rowReply(body, { written: entries });
    },
    predictRaw: async ({ body: question, principal }) => {
      const { body, entries } = await predictions.predict(question, principal.userId, (forecast) =>
        toNextStateRaw(forecast, options),
      );
      return rowReply(body, { written: entries });
    },
  };
}
