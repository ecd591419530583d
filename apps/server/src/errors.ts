import type { AggregateErrorBody, ErrorCode } from "@eca/contract";
import type { Micros } from "./clock.js";
import type { Rate } from "./rate-limiter.js";

/** One thing that is wrong, and where: `pointer` is an RFC 6901 path into the request body. */
export interface Fault {
  readonly detail: string;
  readonly pointer?: string;
}

/**
 * A refusal with a stable code. Services throw it; `http/error-table.ts` alone knows its status.
 * The texts reach the caller, so they name the field and the fix and nothing of the inside.
 */
export class DomainError extends Error {
  override readonly name = "DomainError";
  readonly faults: readonly Fault[];

  constructor(
    readonly code: ErrorCode,
    faults: string | readonly Fault[],
    options?: ErrorOptions,
  ) {
    const list = typeof faults === "string" ? [{ detail: faults }] : cut(faults);
    super(list.map((fault) => fault.detail).join("; "), options);
    this.faults = list;
  }
}

/** Beyond these nobody reads on, and telling all that is wrong with a hostile body would cost more than reading it. */
export const mostFaults = 100;

function cut(faults: readonly Fault[]): readonly Fault[] {
  if (faults.length <= mostFaults) return faults;
  return [...faults.slice(0, mostFaults), { detail: `and ${faults.length - mostFaults} more faults` }];
}

/** A refusal that time heals. */
export class RateLimited extends DomainError {
  /** Whole seconds after which the call may be repeated, at least 1. */
  readonly retryAfter: number;

  /**
   * @param detail What there was too much of.
   * @param wait For how long the same call would be refused.
   * @param limit The limit that was reached, where it is one of calls in a time.
   */
  constructor(
    detail: string,
    wait: Micros,
    readonly limit?: Rate & { readonly name: string },
  ) {
    const retryAfter = Math.max(1, Math.ceil(wait / 1_000_000));
    super("rate_limited", `${detail}; try again in ${retryAfter} s`);
    this.retryAfter = retryAfter;
  }
}

/** Everything that is wrong with one aggregate, in the wire's own shape. */
export class AggregateFaults extends DomainError {
  constructor(readonly body: AggregateErrorBody) {
    super(
      "invalid_aggregate",
      Object.entries(body).flatMap(([key, texts]) => [texts].flat().map((text) => ({ detail: `${key}: ${text}` }))),
    );
  }
}
