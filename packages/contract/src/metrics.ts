import { z } from "zod";
import { c, policy, type RoutePolicy, routerOptions } from "./dsl.js";

/** Outside `/v1`, where collectors look for it. */
export const metricsRouter = c.router(
  {
    get: {
      method: "GET",
      path: "/metrics",
      summary: "Metrics in the Prometheus text format",
      description: "For administrators, unless the server is configured to show them to others, or to nobody.",
      responses: {
        200: c.otherResponse({ contentType: "text/plain; version=0.0.4; charset=utf-8", body: z.string() }),
      },
      metadata: { ...policy.admin, rate: "read", modules: "none" } satisfies RoutePolicy,
    },
  },
  routerOptions,
);
