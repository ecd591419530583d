import type { RateClass } from "@eca/contract";
import { createNetworkMatcher, networkOf } from "../../caller/address.js";
import type { Clock } from "../../clock.js";
import { RateLimited } from "../../throttling/rate-limited.js";
import type { Principal } from "../../caller/principal.js";
import { type Rate, RateLimiter } from "../../throttling/rate-limiter.js";

/** Keeps one caller from taking all of the server. */
export interface RequestLimits {
  /** Counts a call by where it came from, before anything is done for it. @throws DomainError `rate_limited`. */
  admitAddress(address: string, rate: RateClass): void;
  /** Counts a call by its session or key. @throws DomainError `rate_limited`. */
  admitCaller(principal: Principal, address: string, rate: RateClass): void;
}

export interface RequestRates {
  /** What each session and each key may do; undefined for no limit. */
  readonly read: Rate | undefined;
  readonly write: Rate | undefined;
  readonly search: Rate | undefined;
  /** Logins that may come from one address, successful or not. */
  readonly login: Rate | undefined;
  /** Calls of all kinds that may come from one address. */
  readonly address: Rate | undefined;
}

/**
 * @param exempt Addresses and networks, in CIDR notation, whose calls are not counted.
 */
export function createRequestLimits(clock: Clock, rates: RequestRates, exempt: readonly string[]): RequestLimits {
  const originOf = createOriginOf(exempt);
  const limiterOf = (rate: Rate | undefined): RateLimiter | undefined => rate && new RateLimiter(rate, clock);
  const addresses = limiterOf(rates.address);
  const logins = limiterOf(rates.login);
  const callers = {
    read: limiterOf(rates.read),
    write: limiterOf(rates.write),
    search: limiterOf(rates.search),
    login: undefined,
    exempt: undefined,
  } as const satisfies Record<RateClass, RateLimiter | undefined>;
  return {
    admitAddress: (address, rate) => {
      if (rate === "exempt") return;
      const { network, isExempt } = originOf(address);
      if (isExempt) return;
      if (addresses) take(addresses, network, "address", "calls from this address");
      if (logins && rate === "login") take(logins, network, "login", "logins from this address");
    },
    admitCaller: ({ keyId, tokenHash }, address, rate) => {
      const limiter = callers[rate];
      if (limiter === undefined || originOf(address).isExempt) return;
      const caller = keyId ?? Buffer.from(tokenHash.buffer, tokenHash.byteOffset, tokenHash.length).toString("latin1");
      take(limiter, caller, rate, `${rate} calls with this ${keyId === undefined ? "session" : "key"}`);
    },
  };
}

function take(limiter: RateLimiter, caller: string, name: string, what: string): void {
  const wait = limiter.take(caller);
  if (wait > 0) throw new RateLimited(`too many ${what}`, wait, { name, ...limiter.rate });
}

/** A caller's address as it is counted. */
interface Origin {
  readonly network: string;
  readonly isExempt: boolean;
}

const maxOrigins = 10_000;

/** Returns the origin of an address, and caches those of recent callers. */
function createOriginOf(exempt: readonly string[]): (address: string) => Origin {
  const isExempt = createNetworkMatcher(exempt);
  const origins = new Map<string, Origin>();
  return (address) => {
    let origin = origins.get(address);
    if (origin === undefined) {
      origin = { network: networkOf(address), isExempt: isExempt(address) };
      if (origins.size >= maxOrigins) origins.clear();
      origins.set(address, origin);
    }
    return origin;
  };
}
