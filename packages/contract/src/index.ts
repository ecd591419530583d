export * from "./auth.js";
export * from "./contract.js";
export {
  type AppRoute,
  type AppRouter,
  isAppRoute,
  type Role,
  type RoutePolicy,
  roles,
  routesOf,
  type ServerInferRequest,
  type ServerInferResponses,
} from "./dsl.js";
export * from "./errors.js";
export * from "./ess.js";
export * from "./health.js";
export * from "./module.js";
export * from "./sequence.js";
