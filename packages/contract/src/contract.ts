import { auditRouter } from "./audit.js";
import { authRouter } from "./auth.js";
import { documentRouter } from "./document.js";
import { c } from "./dsl.js";
import { embeddingRouter } from "./embedding.js";
import { essRouter } from "./ess.js";
import { healthRouter } from "./health.js";
import { keyRouter } from "./key.js";
import { limitsRouter } from "./limits.js";
import { metricsRouter } from "./metrics.js";
import { moduleRouter } from "./module.js";
import { predictionRouter } from "./prediction.js";
import { responseRouter } from "./response.js";
import { retrievalRouter } from "./retrieval.js";
import { sequenceRouter } from "./sequence.js";
import { userRouter } from "./user.js";

/** The path of the API below the server's address. */
export const basePath = "/v1";

/** Every route below `/v1`. */
export const contract = c.router({
  auth: authRouter,
  ess: essRouter,
  sequence: sequenceRouter,
  embedding: embeddingRouter,
  prediction: predictionRouter,
  document: documentRouter,
  response: responseRouter,
  retrieval: retrievalRouter,
  module: moduleRouter,
  user: userRouter,
  key: keyRouter,
  audit: auditRouter,
  limits: limitsRouter,
});

/** The routes beside `/v1`. */
export const rootContract = c.router({
  health: healthRouter,
  metrics: metricsRouter,
});
