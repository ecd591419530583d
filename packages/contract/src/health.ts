import { z } from "zod";
import { c, policy, routerOptions } from "./dsl.js";

export const health = z
  .object({
    status: z.literal("ok").describe("Always `ok`: otherwise the process would not respond."),
    version: z.string().describe("The version of the server."),
  })
  .meta({
    id: "Health",
    description: "That the process responds, and which version it is.",
    examples: [{ status: "ok", version: "0.1.0" }],
  });

export const readiness = z
  .object({ status: z.literal("ready").describe("Always `ready`: else the reply is 503.") })
  .meta({ id: "Readiness", description: "That the server takes reads and writes.", examples: [{ status: "ready" }] });

/** Outside `/v1` and without a login, for process supervisors and load balancers. */
export const healthRouter = c.router(
  {
    healthz: {
      method: "GET",
      path: "/healthz",
      summary: "The process responds",
      responses: { 200: health },
      metadata: policy.public,
    },
    readyz: {
      method: "GET",
      path: "/readyz",
      summary: "The server takes reads and writes",
      description: "503 while it stops, when its store does not respond, and while its disk is full.",
      responses: { 200: readiness },
      metadata: policy.public,
    },
  },
  routerOptions,
);
