import type { Micros } from "../clock.js";
import { DomainError } from "../errors/domain-error.js";
import type { Rate } from "./rate-limiter.js";

/** The error of a call that may be repeated after a while. */
export class RateLimited extends DomainError {
  /** Whole seconds after which the call may be repeated, at least 1. */
  readonly retryAfter: number;

  /**
   * @param detail What there was too much of.
   * @param wait How long the same call would go on to fail.
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
