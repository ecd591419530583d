import type { ErrorCode } from "@eca/contract";

/** What a caller is told of an error besides its texts. */
interface ErrorEntry {
  readonly status: number;
  readonly title: string;
}

/** The only place that gives errors their HTTP status; a code that is missing does not compile. */
export const errorTable: Readonly<Record<ErrorCode, ErrorEntry>> = {
  invalid_request: { status: 400, title: "The request is not valid" },
  invalid_json: { status: 400, title: "The body is not JSON" },
  invalid_aggregate: { status: 400, title: "The aggregate does not match its components" },
  invalid_cursor: { status: 400, title: "The cursor does not belong to this list" },
  shape_mismatch: { status: 400, title: "The state has another length than the module's shape" },
  unauthenticated: { status: 401, title: "The call needs a login" },
  invalid_credentials: { status: 401, title: "The login is wrong" },
  forbidden: { status: 403, title: "The role does not allow the call" },
  route_not_found: { status: 404, title: "No such route" },
  module_not_found: { status: 404, title: "No such module" },
  ess_not_found: { status: 404, title: "No such ESS" },
  sequence_not_found: { status: 404, title: "No such sequence entry" },
  embedding_not_found: { status: 404, title: "No such embedding" },
  embedding_exists: { status: 409, title: "The module has an embedding with this hash" },
  document_not_found: { status: 404, title: "No such document" },
  response_not_found: { status: 404, title: "No such response" },
  user_not_found: { status: 404, title: "No such user" },
  username_taken: { status: 409, title: "Another user has the name" },
  last_administrator: { status: 409, title: "Somebody must be left to administer the server" },
  key_not_found: { status: 404, title: "No such key" },
  key_expired: { status: 409, title: "The key has expired" },
  method_not_allowed: { status: 405, title: "The route has no such method" },
  request_timeout: { status: 408, title: "The request took too long to arrive" },
  idempotency_in_flight: { status: 409, title: "A call with this key is under way" },
  precondition_failed: { status: 412, title: "A condition of the call does not hold" },
  payload_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "The body has a type that the route does not take" },
  idempotency_mismatch: { status: 422, title: "The key came with another call before" },
  rate_limited: { status: 429, title: "Too many calls" },
  headers_too_large: { status: 431, title: "The headers are too large" },
  internal: { status: 500, title: "The server failed" },
  unavailable: { status: 503, title: "The server is stopping" },
  storage_full: { status: 507, title: "The data folder has no room" },
};
