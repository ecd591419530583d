import type { AppRoute, ErrorCode, RoutePolicy } from "@eca/contract";
import type { Clock } from "./clock.js";
import { originNotAllowed } from "./cross-origin.js";
import type { Deadline } from "./deadline.js";
import { EcaArgumentError, EcaConnectionError } from "./errors.js";
import type { HttpReply } from "./exchange.js";
import { keyHeader, takesKey } from "./idempotency.js";

/** How a call that may be repeated is repeated. */
export interface RetryOptions {
  /** Attempts after the first. 5 by default, which usually outlasts a restart of the server; 0 for none. */
  readonly maxRetries?: number | undefined;
  /** Maximum wait before the first retry, in milliseconds; it doubles with each. 200 by default. */
  readonly baseDelayMs?: number | undefined;
  /** Maximum wait, unless the server asks for a longer one. In milliseconds; 5,000 by default. */
  readonly maxDelayMs?: number | undefined;
}

export type RetryPolicy = { readonly [Name in keyof RetryOptions]-?: number };

const defaultRetryPolicy: RetryPolicy = { maxRetries: 5, baseDelayMs: 200, maxDelayMs: 5_000 };

/** @throws EcaArgumentError for a negative number or, of retries, a broken one */
export function readRetryPolicy(options: RetryOptions | false = {}): RetryPolicy {
  if (options === false) return { ...defaultRetryPolicy, maxRetries: 0 };
  const policy = {
    maxRetries: options.maxRetries ?? defaultRetryPolicy.maxRetries,
    baseDelayMs: options.baseDelayMs ?? defaultRetryPolicy.baseDelayMs,
    maxDelayMs: options.maxDelayMs ?? defaultRetryPolicy.maxDelayMs,
  };
  for (const [name, value] of Object.entries(policy)) {
    if (!(value >= 0)) throw new EcaArgumentError(`createClient: retry.${name} is ${value}; it must be 0 or more`);
  }
  if (!Number.isInteger(policy.maxRetries)) {
    throw new EcaArgumentError(`createClient: retry.maxRetries is ${policy.maxRetries}; it must be a whole number`);
  }
  return policy;
}

/** Too many requests, unavailable, and what a proxy says of a server that is starting or gone: bad gateway, gateway timeout. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Whether sending the call twice leaves the server as sending it once does. GET, PUT and DELETE do by
 * their definition, PATCH because it replaces the whole row here, what has a key that its route takes because the server
 * knows it again by that, a log-in or a search because they change nothing that matters, and a log-out because a session ends
 * once. A change of password does not: repeated, it has the wrong current one.
 */
export function isRepeatable(route: AppRoute, headers: Headers): boolean {
  if (route.method !== "POST" || (takesKey(route) && headers.has(keyHeader))) return true;
  const { access, rate } = route.metadata as RoutePolicy;
  return access === "public" || rate === "search" || rate === "read";
}

/** An earlier attempt of the call is still being carried out; its reply was lost. */
const underWay: ErrorCode = "idempotency_in_flight";

/** What is unavailable, and will be until somebody restores it. */
const lasting: ErrorCode = "data_damaged";

function isWorthwhile({ status, headers }: HttpReply): boolean {
  const code = headers.get("x-error-code");
  return code === underWay || (passing.has(status) && code !== lasting);
}

/**
 * The wait that a `Retry-After` header asks for: seconds, or a date.
 * @returns milliseconds from `now`, at least 0; undefined without a header that can be read
 */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  // Date.parse reads much that is no HTTP date ("-5", "1.5"); those all begin with a letter.
  const date = /^\s*[A-Za-z]/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/**
 * The wait before a retry: full jitter, which is uniform between 0 and a bound that doubles
 * (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter), on top of what the server asks for.
 * @param retry 0 for the first retry
 * @param random uniform in [0, 1)
 * @returns milliseconds
 */
export function retryDelay(policy: RetryPolicy, retry: number, random: number, retryAfterMs = 0): number {
  return retryAfterMs + random * Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** retry);
}

/**
 * Repeats `attempt` while it ends in a status that passes, before an earlier attempt has, or without a reply.
 * Gives up, with what the last attempt came to, when the retries are used up or when the next wait would outlast
 * the deadline.
 */
export async function withRetries(
  attempt: () => Promise<HttpReply>,
  policy: RetryPolicy,
  deadline: Deadline,
  clock: Clock,
): Promise<HttpReply> {
  for (let retry = 0; ; retry++) {
    const outcome = await attempt().catch((error: unknown) => {
      if (error instanceof EcaConnectionError) return error;
      throw error;
    });
    const failed = outcome instanceof EcaConnectionError;
    const retryAfterMs = failed ? undefined : parseRetryAfter(outcome.headers.get("retry-after"), clock.now());
    const delayMs = retryDelay(policy, retry, clock.random(), retryAfterMs);
    const worthwhile = failed ? outcome.code !== originNotAllowed : isWorthwhile(outcome);
    if (!worthwhile || retry >= policy.maxRetries || delayMs >= deadline.remainingMs()) {
      if (failed) throw outcome;
      return outcome;
    }
    await clock.sleep(delayMs, deadline.signal);
  }
}
