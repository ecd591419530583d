import type { contract } from "@eca/contract";
import type { TextOf } from "../ess/parts.js";
import type { Handlers } from "../handler.js";
import type { PredictionService } from "./service.js";
import { toNextState, toNextStateRaw } from "./wire.js";

export function predictionRoutes(predictions: PredictionService, textOf: TextOf): Handlers<typeof contract.prediction> {
  return {
    predict: async ({ body }) => ({ status: 200, body: await toNextState(await predictions.predict(body), textOf) }),
    predictRaw: async ({ body }) => ({ status: 200, body: await toNextStateRaw(await predictions.predict(body)) }),
  };
}
