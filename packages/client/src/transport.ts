import {
  type AppRoute,
  type AppRouter,
  isAppRoute,
  isPaged,
  type notModifiedStatus,
  type ReplyOf,
  type RequestOf,
  type SuccessStatus,
} from "@eca/contract";
import { eachRow } from "./each-row.js";
import type { Reply } from "./reply.js";
import type { ReplyHeaders } from "./reply-headers.js";
import type { RequestParts } from "./request.js";

/** What any call takes besides what its route asks for. */
export interface CallOptions {
  /** Ends the call, with an EcaAbortError. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the call, log-in and retries included, with an EcaTimeoutError. Instead of the client's own. */
  readonly timeoutMs?: number | undefined;
  /** Sent with the call. `accept`, `authorization` and `content-type` stay the client's own. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** On writes to a row. */
interface IfMatchOption {
  /** The `ETag` of the row as the program knows it: the call rejects with status 412 when the row has changed since. */
  readonly ifMatch?: string | undefined;
}

/** On creates that may be the first of their kind. */
interface IfFirstOption {
  /** `"*"`: only if the list that the row would join is empty; the call rejects with status 412 otherwise. */
  readonly ifNoneMatch?: "*" | undefined;
}

/** On creates. */
interface KeyOption {
  /**
   * The call is carried out once for each key, and returns the same while its reply is kept, for 24 hours by default. Each call
   * gets a key of its own, which its retries share. Give one to repeat a call later, in another call or another process.
   */
  readonly idempotencyKey?: string | undefined;
}

/** The options that become headers, as any call may have them. */
export interface HeaderOptions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | null | undefined;
  readonly idempotencyKey?: string | undefined;
}

type Declares<Route extends AppRoute, Header extends string> = Route extends { headers: Record<Header, unknown> }
  ? true
  : false;

type HeaderOptionsOf<Route extends AppRoute> = (Declares<Route, "if-match"> extends true ? IfMatchOption : unknown) &
  (Route["method"] extends "GET" ? unknown : Declares<Route, "if-none-match"> extends true ? IfFirstOption : unknown) &
  (Declares<Route, "idempotency-key"> extends true ? KeyOption : unknown);

type Asked<Route extends AppRoute> = RequestOf<Route, "input">;

/** What a call takes: the route's `params`, `query` and `body`, as far as it has them, and the options. */
export type CallArguments<Route extends AppRoute> = Pick<Asked<Route>, keyof Asked<Route> & ("params" | "body")> &
  QueryArgument<Asked<Route>> &
  HeaderOptionsOf<Route> &
  CallOptions;

/** A query none of whose parameters must be given may be left out altogether. */
type QueryArgument<Asked> = Asked extends { query: infer Query }
  ? Partial<Query> extends Query
    ? { query?: Query }
    : { query: Query }
  : unknown;

/** What a call resolves to: the successful replies. All others are thrown. */
export type CallReply<Route extends AppRoute> = ReplyOf<Route, "output", SuccessStatus> & {
  readonly headers: ReplyHeaders;
};

/** What a read resolves to when what the program has is current. */
export interface NotModified {
  readonly status: typeof notModifiedStatus;
  readonly body: undefined;
  readonly headers: ReplyHeaders;
}

/** One route, as a function. */
export type Call<Route extends AppRoute> = ConditionalCall<Route> &
  PlainCall<CallArguments<Route>, Promise<CallReply<Route>>> &
  PagedCall<Route>;

/** Arguments none of which must be given may be left out altogether. */
type PlainCall<Args, Result> = Partial<Args> extends Args ? (args?: Args) => Result : (args: Args) => Result;

interface IfNoneMatchArgument {
  /** The `ETag` of what the program has: the call resolves to status 304 without a body while that is current. */
  readonly ifNoneMatch: string | null | undefined;
}

type ConditionalCall<Route extends AppRoute> = Route extends { responses: Record<typeof notModifiedStatus, unknown> }
  ? (args: CallArguments<Route> & IfNoneMatchArgument) => Promise<CallReply<Route> | NotModified>
  : unknown;

type PagedCall<Route extends AppRoute> =
  Asked<Route> extends { query: infer Query } ? ("after" extends keyof Query ? Paged<Route> : unknown) : unknown;

interface Paged<Route extends AppRoute> {
  /**
   * The rows of the list, read page by page as they are asked for. `query.limit` is the size of the pages, 100
   * by default, and `query.order` their order. Each page is a call of its own, with its own time limit and retries.
   *
   * @example
   * for await (const entry of client.sequence.getAll.each({ params: { module_id: "air_conditioner" } })) use(entry);
   */
  readonly each: PlainCall<CallArguments<Route>, AsyncGenerator<RowOf<Route>, void, undefined>>;
}

type RowOf<Route extends AppRoute> = CallReply<Route> extends { body: (infer Row)[] } ? Row : never;

/** A router, as functions under the same names. */
export type Calls<Router extends AppRouter> = {
  readonly [Name in keyof Router]: Router[Name] extends AppRoute
    ? Call<Router[Name]>
    : Router[Name] extends AppRouter
      ? Calls<Router[Name]>
      : never;
};

/** Carries out the call of one route; `operation` is its dotted name. */
export type Perform = (operation: string, route: AppRoute, args: PerformArguments) => Promise<Reply>;

type PerformArguments = RequestParts & CallOptions & HeaderOptions;

/**
 * Turns every route of a router into a function.
 *
 * The client of ts-rest is not used: it writes path parameters as they are (`a/b` becomes two segments, `..`
 * climbs), its hook no longer sees them, and it writes lists in queries as `tag[0]=`.
 */
export function bindCalls<Router extends AppRouter>(router: Router, perform: Perform): Calls<Router> {
  return bind(router, perform, "") as Calls<Router>;
}

function bind(router: AppRouter, perform: Perform, prefix: string): Record<string, unknown> {
  const calls: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(router)) {
    const operation = `${prefix}${name}`;
    calls[name] = isAppRoute(entry) ? bindRoute(operation, entry, perform) : bind(entry, perform, `${operation}.`);
  }
  return calls;
}

function bindRoute(operation: string, route: AppRoute, perform: Perform): object {
  const call = (args: PerformArguments = {}): Promise<Reply> => perform(operation, route, args);
  if (!isPaged(route)) return call;
  return Object.assign(call, { each: (args: PerformArguments = {}) => eachRow(operation, call, args) });
}
