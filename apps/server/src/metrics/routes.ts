import type { rootContract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import { textReply } from "../reply.js";
import type { Metrics } from "./metrics.js";

export function metricsRoutes(metrics: Pick<Metrics, "text">): Handlers<typeof rootContract.metrics> {
  return {
    get: async () => textReply(await metrics.text()),
  };
}
