import { type AppRoute, type AppRouter, isAppRoute } from "@eca/contract";
import type { ClientInferRequest, ClientInferResponses, SuccessfulHttpStatusCode } from "@ts-rest/core";
import type { Reply } from "./reply.js";
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

type Asked<Route extends AppRoute> = ClientInferRequest<Route>;

/** What a call takes: the route's `params`, `query` and `body`, as far as it has them, and the options. */
export type CallArguments<Route extends AppRoute> = Pick<Asked<Route>, keyof Asked<Route> & ("params" | "body")> &
  QueryArgument<Asked<Route>> &
  CallOptions;

/** A query none of whose parameters must be given may be left out altogether. */
type QueryArgument<Asked> = Asked extends { query: infer Query }
  ? Partial<Query> extends Query
    ? { query?: Query }
    : { query: Query }
  : unknown;

/** What a call resolves to: the replies of success. All others are thrown. */
export type CallReply<Route extends AppRoute> = ClientInferResponses<Route, SuccessfulHttpStatusCode>;

/** One route, as a function. */
export type Call<Route extends AppRoute> =
  Partial<CallArguments<Route>> extends CallArguments<Route>
    ? (args?: CallArguments<Route>) => Promise<CallReply<Route>>
    : (args: CallArguments<Route>) => Promise<CallReply<Route>>;

/** A router, as functions under the same names. */
export type Calls<Router extends AppRouter> = {
  readonly [Name in keyof Router]: Router[Name] extends AppRoute
    ? Call<Router[Name]>
    : Router[Name] extends AppRouter
      ? Calls<Router[Name]>
      : never;
};

/** Carries out the call of one route; `operation` is its dotted name. */
export type Perform = (operation: string, route: AppRoute, args: RequestParts & CallOptions) => Promise<Reply>;

/**
 * Turns every route of a router into a function.
 *
 * The types are ts-rest's. Its `initClient` is not used: it writes path parameters as they are (`a/b` becomes
 * two segments, `..` climbs), its hook no longer sees them, and it writes lists in queries as `tag[0]=`.
 */
export function bindCalls<Router extends AppRouter>(router: Router, perform: Perform): Calls<Router> {
  return bind(router, perform, "") as Calls<Router>;
}

function bind(router: AppRouter, perform: Perform, prefix: string): Record<string, unknown> {
  const calls: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(router)) {
    const operation = `${prefix}${name}`;
    calls[name] = isAppRoute(entry)
      ? (args: RequestParts & CallOptions = {}) => perform(operation, entry, args)
      : bind(entry, perform, `${operation}.`);
  }
  return calls;
}
