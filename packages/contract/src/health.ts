import { z } from "zod";
import { c, policy, routerOptions } from "./dsl.js";

export const health = z
  .object({
    status: z.literal("ok"),
    version: z.string().meta({ description: "The version of the server." }),
  })
  .meta({ id: "Health" });

export const readiness = z.object({ status: z.literal("ready") }).meta({ id: "Readiness" });

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
    readyz: {
      method: "GET",
      path: "/readyz",
      summary: "The server takes reads and writes",
      description: "503 while it stops, when its store does not answer, and while its store has no room for a write.",
      responses: { 200: readiness },
      metadata: policy.public,
    },
  },
  routerOptions,
);
