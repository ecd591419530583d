export * from "./audit.js";
export * from "./auth.js";
export { countCharacters } from "./characters.js";
export * from "./contract.js";
export { notModifiedStatus } from "./conditional.js";
export * from "./document.js";
export {
  type FieldEffect,
  type ModuleScope,
  moduleScopes,
  type RateClass,
  rateClasses,
  rateLimitedStatus,
  type Role,
  type RoutePolicy,
  roles,
  type RowKind,
  rowKinds,
  unauthenticatedStatus,
} from "./dsl.js";
export * from "./embedding.js";
export * from "./errors.js";
export * from "./ess.js";
export * from "./health.js";
export { readInstant } from "./instant.js";
export * from "./key.js";
export * from "./limited.js";
export * from "./limits.js";
export * from "./live.js";
export * from "./module.js";
export { isPaged, type ListQuery, pageLimit } from "./paging.js";
export * from "./prediction.js";
export { requestIdPattern } from "./request-id.js";
export * from "./response.js";
export {
  type AppRoute,
  type AppRouter,
  type AppRouteResponse,
  isAppRoute,
  isOtherResponse,
  type NoBody,
  type ReplyOf,
  type RequestOf,
  routesOf,
  type SuccessStatus,
} from "./route.js";
export { floatFormats, isAddressable, isFloat, isStorable, moduleKey } from "./scalars.js";
export * from "./retrieval.js";
export * from "./sequence.js";
export * from "./user.js";
