export type {
  AggregateErrorBody,
  AuthResponse,
  Document,
  DocumentInsert,
  Embedding,
  EmbeddingInsert,
  ErrorCode,
  Ess,
  EssInsert,
  ListQuery,
  Login,
  Module,
  NextState,
  NextStateRaw,
  NextStateRequest,
  PrettyEss,
  Response,
  RetrievalRequest,
  RetrievalResponse,
  Role,
  Search,
  SearchResult,
  Sequence,
  SequenceInsert,
  SequenceQuery,
  Session,
  Twin,
  TwinRaw,
} from "@eca/contract";
export { type Client, type ClientOptions, type ClientSettings, createClient, type Credentials } from "./client.js";
export type { Clock } from "./clock.js";
export { ECA, type EcaConfig } from "./eca/eca.js";
export type { RowName } from "./eca/row-name.js";
export {
  EcaAbortError,
  EcaArgumentError,
  EcaConnectionError,
  EcaError,
  EcaProtocolError,
  EcaResponseError,
  EcaTimeoutError,
  type ResponseErrorDetails,
} from "./errors.js";
export type { ReplyHeaders } from "./reply-headers.js";
export type { RetryOptions } from "./retry.js";
export type { Call, CallArguments, CallOptions, CallReply, Calls, NotModified } from "./transport.js";
