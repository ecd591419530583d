export * from "./auth.js";
export * from "./contract.js";
export * from "./document.js";
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
export * from "./embedding.js";
export * from "./errors.js";
export * from "./ess.js";
export * from "./health.js";
export * from "./module.js";
export * from "./response.js";
export * from "./sequence.js";
