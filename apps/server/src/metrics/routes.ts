import type { rootContract } from "@eca/contract";
import type { Handlers } from "../handler.js";
import type { Metrics } from "./metrics.js";

export function metricsRoutes(metrics: Pick<Metrics, "text">): Handlers<typeof rootContract.metrics> {
  return {
    get: async () => ({ status: 200, body: await metrics.text() }),
  };
}
