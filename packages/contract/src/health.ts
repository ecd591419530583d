import { z } from "zod";
import { c, policy, routerOptions } from "./dsl.js";

export const health = z.object({ status: z.literal("ok") }).meta({ id: "Health" });

/** Outside `/v1` and without a login, for process supervisors and load balancers. */
export const healthRouter = c.router(
  {
    healthz: {
      method: "GET",
      path: "/healthz",
      summary: "The process answers",
      responses: { 200: health },
      metadata: policy.public,
    },
  },
  routerOptions,
);
