import { z } from "zod";
import { c, policy, type RoutePolicy, routerOptions } from "./dsl.js";

const metricsText = z.string().meta({
  description: "Counters, gauges and histograms, each with its help text.",
  examples: [
    '# HELP eca_build_info Always 1; the labels say which build runs.\n# TYPE eca_build_info gauge\neca_build_info{version="0.1.0",node_version="22.11.0"} 1\n',
  ],
});

/** Outside `/v1`, where collectors look for it. */
export const metricsRouter = c.router(
  {
    get: {
      method: "GET",
      path: "/metrics",
      summary: "Metrics in the Prometheus text format",
      description: "For administrators, unless the server is configured to show them to others, or to nobody.",
      responses: {
        200: c.otherResponse({ contentType: "text/plain; version=0.0.4; charset=utf-8", body: metricsText }),
      },
      metadata: { ...policy.admin, rate: "read", modules: "none" } satisfies RoutePolicy,
    },
  },
  routerOptions,
);
