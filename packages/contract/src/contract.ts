import { authRouter } from "./auth.js";
import { c } from "./dsl.js";
import { essRouter } from "./ess.js";
import { healthRouter } from "./health.js";
import { moduleRouter } from "./module.js";
import { sequenceRouter } from "./sequence.js";

/** Where the API stands below the server's address. */
export const basePath = "/v1";

/** Every route below `/v1`. */
export const contract = c.router({
  auth: authRouter,
  ess: essRouter,
  sequence: sequenceRouter,
  module: moduleRouter,
});

/** The routes beside `/v1`. */
export const rootContract = c.router({
  health: healthRouter,
});
