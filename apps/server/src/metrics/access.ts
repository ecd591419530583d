import type { rootContract, RoutePolicy } from "@eca/contract";
import type { Config } from "../config/config.js";

/**
 * The routes beside the API with metrics for those alone who may see them; for nobody, there is no such
 * route.
 */
export function withMetricsFor(access: Config["metrics"], contract: typeof rootContract): typeof rootContract {
  const { metrics, ...rest } = contract;
  // Mounting takes what is there: a group that is missing has no route.
  if (access === "off") return rest as typeof rootContract;
  const policy: RoutePolicy = { ...(metrics.get.metadata as RoutePolicy), access };
  return { ...rest, metrics: { get: { ...metrics.get, metadata: policy } } } as typeof rootContract;
}
