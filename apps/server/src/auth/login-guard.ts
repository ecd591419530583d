import { createHash } from "node:crypto";
import { networkOf } from "../caller/address.js";
import type { Clock } from "../clock.js";
import { RateLimited } from "../throttling/rate-limited.js";
import { type Rate, RateLimiter } from "../throttling/rate-limiter.js";
import type { HashingQueue } from "../password/hashing-queue.js";

/** Limits every check of a password that comes from outside. */
export interface LoginGuard {
  /**
   * Runs the check of a password, in its turn, unless this name has failed too often from this address,
   * or the address with whatever names.
   *
   * @param check Resolves to what the right password opens, and to undefined for a wrong one.
   * @returns What `check` resolved to.
   * @throws DomainError `rate_limited`.
   */
  attempt<T>(username: string, address: string | null, check: () => Promise<T | undefined>): Promise<T | undefined>;
}

export interface LoginGuardOptions {
  readonly clock: Clock;
  /** Where the checks wait for their turn. */
  readonly queue: HashingQueue;
  /** Failures that one name may have from one address. */
  readonly pairRate: Rate;
  /** Failures that one address may have with any names. */
  readonly addressRate: Rate;
}

/** How many pairs of name and address that have logged in are remembered. */
const maxKnown = 10_000;

/**
 * Failures are counted per pair of name and address, and per address; never per name alone, so that
 * nobody can lock a name's owner out from elsewhere. What holds up guesses at one name from many
 * addresses is the number of checks that run at the same time. There, pairs that have logged in before
 * go first, so that a flood does not hold up those who are at home.
 *
 * An attempt counts from its start and is given back when it succeeds: attempts at the same moment
 * cannot outrun the count.
 */
export function createLoginGuard({ clock, queue, pairRate, addressRate }: LoginGuardOptions): LoginGuard {
  const pairs = new RateLimiter(pairRate, clock);
  const addresses = new RateLimiter(addressRate, clock);
  const known = new Set<string>();

  const requireAttemptsLeft = (pair: string, address: string): void => {
    const ofPair = pairs.allowance(pair).wait;
    if (ofPair > 0) {
      throw new RateLimited("too many failed logins with this name from this address", ofPair, {
        name: "login-name",
        ...pairRate,
      });
    }
    const ofAddress = addresses.allowance(address).wait;
    if (ofAddress > 0) {
      throw new RateLimited("too many failed logins from this address", ofAddress, {
        name: "login-address",
        ...addressRate,
      });
    }
  };

  const succeed = (pair: string, address: string): void => {
    // What the address has failed with other names stays, else one good account would pay for many guesses.
    addresses.giveBack(address);
    pairs.reset(pair);
    known.delete(pair);
    known.add(pair);
    for (const oldest of known) {
      if (known.size <= maxKnown) break;
      known.delete(oldest);
    }
  };

  return {
    attempt: async (username, from, check) => {
      const address = networkOf(from ?? "");
      const pair = nameOf(username, address);
      requireAttemptsLeft(pair, address);
      return queue.run(known.has(pair) ? "known" : "unknown", async () => {
        // The checks that ran while this one waited may have used up the rest.
        requireAttemptsLeft(pair, address);
        pairs.take(pair);
        addresses.take(address);
        try {
          const opened = await check();
          if (opened !== undefined) succeed(pair, address);
          return opened;
        } catch (error) {
          // A check that failed with an error counts as no failed login.
          pairs.giveBack(pair);
          addresses.giveBack(address);
          throw error;
        }
      });
    },
  };
}

/** A name of fixed length, however long the caller's is. */
function nameOf(username: string, address: string): string {
  return createHash("sha256").update(`${address}\n${username}`).digest("base64");
}
