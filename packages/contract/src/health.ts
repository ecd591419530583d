import { z } from "zod";
import { policy, resource } from "./dsl.js";

export const health = z.object({ status: z.literal("ok") }).meta({ id: "Health" });

/** Outside `/v1` and without a login, for process supervisors and load balancers. */
export const healthRouter = resource({
  healthz: {
    method: "GET",
    path: "/healthz",
    summary: "The process answers",
    responses: { 200: health },
    metadata: policy.public,
  },
});
