export type {
  AggregateErrorBody,
  AuthResponse,
  ErrorCode,
  Ess,
  EssInsert,
  Login,
  Module,
  PrettyEss,
  Role,
  Search,
  SearchResult,
  Sequence,
  SequenceInsert,
  Session,
} from "@eca/contract";
export { type Client, type ClientOptions, type ClientSettings, createClient, type Credentials } from "./client.js";
export type { Clock } from "./clock.js";
export { ECA, type EcaConfig, type RowName } from "./eca.js";
export {
  EcaAbortError,
  EcaArgumentError,
  EcaConnectionError,
  EcaError,
  EcaProtocolError,
  EcaResponseError,
  EcaTimeoutError,
  type Refusal,
} from "./errors.js";
export type { RetryOptions } from "./retry.js";
export type { Call, CallArguments, CallOptions, CallReply, Calls } from "./transport.js";
