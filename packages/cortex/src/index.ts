export { type Contexts, leadingRepeats, toContexts } from "./context.js";
export { LookUpBudget, type LookUps, type LoggedRow, predictByLookUps } from "./occurrence-look-ups.js";
export type { Evidence, LoggedQuestion, Prediction, Predictor, Question, Scope, Source } from "./predictor.js";
export { successorCounts } from "./successor-counts.js";
