import type { ErrorCode } from "@eca/contract";

/** What a reply says of an error besides its texts. */
export interface ErrorEntry {
  readonly status: number;
  readonly title: string;
  /** What brings it about, for the documentation. */
  readonly when: string;
  /** What the caller can do, for the documentation. */
  readonly remedy: string;
}

/** The only place that gives errors their HTTP status; a code that is missing does not compile. */
export const errorTable: Readonly<Record<ErrorCode, ErrorEntry>> = {
  invalid_request: {
    status: 400,
    title: "The request is not valid",
    when: "A field, a parameter, a header, the path or the HTTP itself is not what the route takes, or beyond a limit.",
    remedy: "Fix what the texts name. The limits are listed at `GET /v1/limits`.",
  },
  invalid_json: {
    status: 400,
    title: "The body is not JSON",
    when: "The body does not parse, is not UTF-8, has a key twice in one object, or is nested too deep.",
    remedy:
      "Send JSON (RFC 8259) in UTF-8. It has no `NaN` and no `Infinity`. How deep it may be is listed at `GET /v1/limits`.",
  },
  invalid_aggregate: {
    status: 400,
    title: "The aggregate does not match its components",
    when: "A component does not exist, or a field differs from what the components say. The reply lists all of it at once.",
    remedy: "Fix the fields that are named, or send the minimal form and let the server fill them in.",
  },
  invalid_cursor: {
    status: 400,
    title: "The cursor does not belong to this list",
    when: "`after` is not a cursor of the same path, order and filters.",
    remedy: "Follow the `Link` header as it is, or leave `after` out to begin anew.",
  },
  shape_mismatch: {
    status: 400,
    title: "The state has another length than the module's shape",
    when: "The module's first state fixed how many numbers each of its states has.",
    remedy: "Send as many numbers as `GET /v1/module/{module_id}` says, or use another module.",
  },
  reply_too_large: {
    status: 400,
    title: "The reply would be larger than the server makes one",
    when: "A chain has more numbers, or the states of a reply have longer texts behind them, than a reply may have.",
    remedy:
      "Ask for less: a smaller `n`, or numbers in place of texts. The limits are `prediction_numbers` and " +
      "`reply_text_length` at `GET /v1/limits`.",
  },
  unauthenticated: {
    status: 401,
    title: "The call needs a login",
    when: "There is no token, or its session or key is unknown, has ended or was revoked.",
    remedy: "Log in by `POST /v1/login`, or send the token of a key that is in force.",
  },
  invalid_credentials: {
    status: 401,
    title: "The login is wrong",
    when: "Name and password do not belong together, or the user is disabled.",
    remedy: "Check both. Failures are limited; see `rate_limited`.",
  },
  forbidden: {
    status: 403,
    title: "The role does not allow the call",
    when: "The session or key has a lesser role than the call needs, or is limited to other modules.",
    remedy: "Call with a session or key that has the role, or ask an administrator for one.",
  },
  origin_not_allowed: {
    status: 403,
    title: "Pages of this origin may not call",
    when: "A browser asked on behalf of a page of another origin, which `ECA_CORS_ORIGINS` does not name.",
    remedy: "Add the origin to `ECA_CORS_ORIGINS`, or serve the page from the server's own origin by a proxy.",
  },
  route_not_found: {
    status: 404,
    title: "No such route",
    when: "No route has this path. Paths are case-sensitive, and the API is below `/v1`.",
    remedy: "Look the route up at `/docs`; percent-encode the parameters in the path.",
  },
  module_not_found: {
    status: 404,
    title: "No such module",
    when: "Nothing was ever stored in the module.",
    remedy: "Check `module_id`. The first state or embedding creates a module.",
  },
  ess_not_found: {
    status: 404,
    title: "No such ESS",
    when: "The module has no state with this id, or none with this embedding input.",
    remedy: "Check the id; it counts within its module.",
  },
  sequence_not_found: {
    status: 404,
    title: "No such sequence entry",
    when: "The log has no entry with this id, or none at all.",
    remedy: "Check the id; it counts within its module. `-1` names the latest entry that was observed.",
  },
  embedding_not_found: {
    status: 404,
    title: "No such embedding",
    when: "The module has no embedding input with this id or hash.",
    remedy: "Check the id or the hash. Store the embedding where it is missing.",
  },
  embedding_exists: {
    status: 409,
    title: "The module has an embedding with this hash",
    when: "A hash is unique in its module.",
    remedy: "Use the one that is there: `GET /v1/embedding/{module_id}/hash?hash=...`.",
  },
  document_not_found: {
    status: 404,
    title: "No such document",
    when: "No document has this id.",
    remedy: "Check the id; `GET /v1/document` lists them.",
  },
  document_withdrawn: {
    status: 409,
    title: "The document is withdrawn",
    when: "It was made of a row that was deleted: no question is answered from it.",
    remedy: "`PATCH` it with a text of your own.",
  },
  response_not_found: {
    status: 404,
    title: "No such response",
    when: "No stored response has this id.",
    remedy: "Check the id; `GET /v1/response` lists them.",
  },
  user_not_found: {
    status: 404,
    title: "No such user",
    when: "No user has this id.",
    remedy: "Check the id; `GET /v1/user` lists them.",
  },
  username_taken: {
    status: 409,
    title: "Another user has this name",
    when: "Names of users are unique.",
    remedy: "Choose another name, or change the user that has it.",
  },
  last_administrator: {
    status: 409,
    title: "Somebody must be left to administer the server",
    when: "The change would leave no administrator who may log in.",
    remedy: "Make another user an administrator first.",
  },
  key_not_found: {
    status: 404,
    title: "No such key",
    when: "No key has this id; revoked ones are gone.",
    remedy: "Check the id; `GET /v1/key` lists them.",
  },
  key_expired: {
    status: 409,
    title: "The key has expired",
    when: "A key that has expired gets no new token.",
    remedy: "Create a new key.",
  },
  method_not_allowed: {
    status: 405,
    title: "The route has no such method",
    when: "The path is one of the API, the method is not one of the path.",
    remedy: "Use a method that the `Allow` header names.",
  },
  request_timeout: {
    status: 408,
    title: "The request took too long to arrive",
    when: "Headers or body were not whole within `ECA_REQUEST_TIMEOUT`.",
    remedy: "Repeat the call on a new connection.",
  },
  idempotency_in_flight: {
    status: 409,
    title: "A call with this key is under way",
    when: "The first call with the same `Idempotency-Key` has no reply yet.",
    remedy: "Wait, then repeat the call with the same key.",
  },
  precondition_failed: {
    status: 412,
    title: "A condition of the call does not hold",
    when: "The row has changed since its `ETag` was read, or the list that had to be empty is not.",
    remedy: "Read the row again, and decide anew.",
  },
  payload_too_large: {
    status: 413,
    title: "The body is too large",
    when: "The body has more bytes than `ECA_BODY_LIMIT`, or more than a call without a login may send.",
    remedy:
      "Send less at once. The limits are listed at `GET /v1/limits`; whoever runs the server raises the first one by `ECA_BODY_LIMIT`.",
  },
  unsupported_media_type: {
    status: 415,
    title: "The body has a type that the route does not take",
    when: "`Content-Type` is not JSON in UTF-8, or the body is compressed.",
    remedy: "Send `Content-Type: application/json; charset=utf-8`, and no `Content-Encoding`.",
  },
  idempotency_mismatch: {
    status: 422,
    title: "The key came with another call before",
    when:
      "The `Idempotency-Key` was used for another body or path, whose reply is still kept, or, where a body or a reply " +
      "holds a secret, with another session or key.",
    remedy: "Choose a new key for each new call.",
  },
  upgrade_required: {
    status: 426,
    title: "The route speaks WebSocket",
    when: "The path of live sockets was called without asking for a WebSocket, or for one of another version.",
    remedy:
      "Connect with a WebSocket client of version 13, with the `Authorization` header on the request that connects.",
  },
  rate_limited: {
    status: 429,
    title: "Too many calls",
    when: "The session, the key or the address has made more calls, or failed logins, than a limit allows.",
    remedy: "Wait for the seconds that `Retry-After` says.",
  },
  headers_too_large: {
    status: 431,
    title: "The headers are too large",
    when: "Request line and headers together have more bytes than the server takes, or there are too many headers.",
    remedy: "Send fewer or shorter headers, or a shorter path and query. The limits are listed at `GET /v1/limits`.",
  },
  internal: {
    status: 500,
    title: "The server failed",
    when: "Something happened that nobody foresaw. It is a bug.",
    remedy: "Look the request id up in the server's log, and report what is logged there.",
  },
  unavailable: {
    status: 503,
    title: "The server cannot do it now",
    when: "The server is stopping, its store does not respond, or another program keeps the database locked.",
    remedy: "Repeat the call after a while.",
  },
  storage_read_only: {
    status: 503,
    title: "The data folder is read-only",
    when: "The file system of `ECA_DATA` takes no writes. Nothing was changed, and reads go on.",
    remedy: "Make the file system writable again; the server goes on by itself.",
  },
  storage_failed: {
    status: 503,
    title: "The disk has failed",
    when:
      "The disk failed a read, a write or a flush. After a write or a flush nothing is served until the server has " +
      "opened and checked the data again. A write that failed this way may have been stored.",
    remedy: "Repeat the call after a while, a write under the same `Idempotency-Key`. Look at the disk of `ECA_DATA`.",
  },
  data_damaged: {
    status: 503,
    title: "The data is damaged",
    when: "What the call reads is not what was stored, or the disk cannot read it. What is not damaged is served.",
    remedy: "Stop the server, look at the disk, and restore a backup (`eca-server restore`). Repeating does not help.",
  },
  storage_full: {
    status: 507,
    title: "The data folder is full",
    when: "The write does not fit on the disk. Nothing was changed, and reads go on.",
    remedy: "Free space on the disk of `ECA_DATA`; the server goes on by itself.",
  },
};
