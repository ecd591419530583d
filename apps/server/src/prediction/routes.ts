import type { contract } from "@eca/contract";
import type { TextOf } from "../ess/parts.js";
import type { Handlers } from "../handler.js";
import type { PredictionService } from "./service.js";
import { toNextState, toNextStateRaw } from "./wire.js";

export function predictionRoutes(predictions: PredictionService, textOf: TextOf): Handlers<typeof contract.prediction> {
  return {
    predict: async ({ body, principal }) => {
      const forecast = await predictions.predict(body, principal.userId);
      return { status: 200, body: await toNextState(forecast, textOf), rows: forecast.entries };
    },
    predictRaw: async ({ body, principal }) => {
      const forecast = await predictions.predict(body, principal.userId);
      return { status: 200, body: await toNextStateRaw(forecast), rows: forecast.entries };
    },
  };
}
