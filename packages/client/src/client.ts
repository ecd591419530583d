import { type AppRoute, type AuthResponse, contract, type RoutePolicy } from "@eca/contract";
import { type Clock, systemClock } from "./clock.js";
import { type Deadline, startDeadline } from "./deadline.js";
import { EcaArgumentError, EcaProtocolError } from "./errors.js";
import { exchange, type HttpReply } from "./exchange.js";
import { encodeKey, keyHeader, needsKey, newKey } from "./idempotency.js";
import { readReply } from "./reply.js";
import { buildRequest, type HttpRequest } from "./request.js";
import { isRepeatable, readRetryPolicy, type RetryOptions, withRetries } from "./retry.js";
import { fixedSession, loginSession, type Session } from "./session.js";
import { bindCalls, type Calls, type HeaderOptions, type Perform } from "./transport.js";

/** Every route below `/v1`, as typed functions grouped as in the contract. */
export type Client = Calls<typeof contract>;

/** Who calls: a name and its password, or a token that was got elsewhere. */
export type Credentials =
  | { readonly username: string; readonly password: string; readonly token?: undefined }
  | { readonly token: string; readonly username?: undefined; readonly password?: undefined };

export interface ClientSettings {
  /** Where the API is, `/v1` included: `http://localhost:2580/v1`. In a browser a path will do. */
  readonly baseUrl: string;
  /** The time limit of each call, in milliseconds, log-in and retries included. 30,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** How calls that may be repeated are repeated; `false` for not at all. */
  readonly retry?: RetryOptions | false | undefined;
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Instead of the platform's own. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Instead of the system's; for tests. */
  readonly clock?: Clock | undefined;
}

export type ClientOptions = ClientSettings & Credentials;

const defaultTimeoutMs = 30_000;

/**
 * A client of one server. It logs in by itself before the first call that needs it, and again when its
 * session has ended.
 *
 * Each call resolves to `{ status, body, headers }` of a successful reply, and rejects with a subclass of
 * EcaError otherwise.
 *
 * @example
 * const client = createClient({ baseUrl: "http://localhost:2580/v1", username, password });
 * const { body: entries } = await client.sequence.getAll({ params: { module_id: "air_conditioner" } });
 *
 * @throws EcaArgumentError for a baseUrl that is no address, or credentials that are incomplete
 */
export function createClient(options: ClientOptions): Client {
  const baseUrl = readBaseUrl(options.baseUrl);
  const retry = readRetryPolicy(options.retry);
  const clock = options.clock ?? systemClock;
  const fetch: typeof globalThis.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));

  const send = (route: AppRoute, request: HttpRequest, token: string | undefined, deadline: Deadline) => {
    const attempt = (): Promise<HttpReply> => exchange(fetch, request, token, deadline);
    return isRepeatable(route, request.headers) ? withRetries(attempt, retry, deadline, clock) : attempt();
  };

  const perform: Perform = async (operation, route, args) => {
    const headers = { ...options.headers, ...args.headers, ...optionHeaders(operation, args) };
    const request = buildRequest(baseUrl, operation, route, { ...args, headers });
    // One key for the call and all its attempts: by it the server knows them as one.
    if (!request.headers.has(keyHeader) && needsKey(route, args.body))
      request.headers.set(keyHeader, encodeKey(operation, newKey()));
    const deadline = startDeadline(
      operation,
      args.timeoutMs ?? options.timeoutMs ?? defaultTimeoutMs,
      args.signal,
      clock,
    );
    const toResult = (reply: HttpReply) => readReply(baseUrl, request, route, reply, clock.now());
    try {
      if ((route.metadata as RoutePolicy).access === "public") {
        return toResult(await send(route, request, undefined, deadline));
      }
      const { token, reply } = await sendInSession(session, deadline, (t) => send(route, request, t, deadline));
      const result = toResult(reply);
      if (route === contract.auth.logout) session.drop(token);
      return result;
    } finally {
      deadline.stop();
    }
  };

  const calls = bindCalls(contract, perform);
  const session = createSession(options, calls.auth.login);
  return calls;
}

function optionHeaders(operation: string, { ifMatch, ifNoneMatch, idempotencyKey }: HeaderOptions) {
  return {
    ...(ifMatch !== undefined && { "if-match": ifMatch }),
    ...(ifNoneMatch !== undefined && ifNoneMatch !== null && { "if-none-match": ifNoneMatch }),
    ...(idempotencyKey !== undefined && { [keyHeader]: encodeKey(operation, idempotencyKey) }),
  };
}

const unauthenticated = 401;

/** Sends with the session's token and, if that is refused and can be replaced, once more with the next. */
async function sendInSession(
  session: Session,
  deadline: Deadline,
  send: (token: string) => Promise<HttpReply>,
): Promise<{ token: string; reply: HttpReply }> {
  if (deadline.signal.aborted) throw deadline.failure();
  const token = await deadline.race(session.token());
  const reply = await send(token);
  if (reply.status !== unauthenticated || !session.renewable) return { token, reply };
  session.drop(token);
  const next = await deadline.race(session.token());
  return { token: next, reply: await send(next) };
}

function createSession(options: ClientOptions, login: Client["auth"]["login"]): Session {
  const { username, password, token } = options;
  if (token !== undefined) {
    if (token === "") throw new EcaArgumentError("createClient: token is empty");
    return fixedSession(token);
  }
  if (typeof username !== "string" || typeof password !== "string" || username === "") {
    throw new EcaArgumentError("createClient: give username and password, or token");
  }
  // The log-in is shared by all who wait for it, so it has a time limit of its own and no caller's signal.
  return loginSession(async () => {
    const { status, body } = await login({ body: { username, password } });
    const { session_id: token }: Partial<AuthResponse> = body;
    if (typeof token === "string" && token !== "") return token;
    throw new EcaProtocolError("auth.login: answered without a session_id; check baseUrl", status);
  });
}

/** Paths are appended to it as they are, so it must end without a slash, a query or a fragment. */
function readBaseUrl(given: string): string {
  const page = (globalThis as { location?: { href?: string } }).location?.href;
  const url = URL.canParse(given, page) ? new URL(given, page) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new EcaArgumentError("createClient: baseUrl must be an address such as http://localhost:2580/v1");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new EcaArgumentError("createClient: baseUrl must hold no user, password, query or fragment");
  }
  return url.href.replace(/\/+$/, "");
}
