export { toContext } from "./context.js";
export type { Evidence, Prediction, Predictor, Question, Scope, Source } from "./predictor.js";
export { successorCounts } from "./successor-counts.js";
