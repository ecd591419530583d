import type { Micros } from "../clock.js";
import type { Principal } from "../caller/principal.js";
import type { Store } from "../store/port/store.js";
import type { Times } from "../time/times.js";

/** Whose credential it is. */
export interface Credential {
  readonly principal: Principal;
  /** When it ends by itself. */
  readonly expiresAt: Micros;
}

/** How long an entry is used: a credential that another process revokes is dead well within a second. */
const lifetime: Micros = 250_000;

/** Tokens in memory at most. */
const maxTokens = 10_000;

interface CredentialCacheDependencies {
  readonly store: Pick<Store, "revocations">;
  readonly times: Pick<Times, "wall" | "timer">;
}

/**
 * Credentials that were found right a moment ago, so that a caller of many requests is not looked up for
 * each of them. All are forgotten together: as soon as this process revokes anything, or after a moment.
 */
export class CredentialCache {
  readonly #store: Pick<Store, "revocations">;
  readonly #times: Pick<Times, "wall" | "timer">;
  readonly #credentials = new Map<string, Credential>();
  #forgetAt: Micros = 0;
  #revocations = 0;

  constructor({ store, times }: CredentialCacheDependencies) {
    this.#store = store;
    this.#times = times;
  }

  /** Whose token this is, where that is known; undefined says nothing about the token. */
  cached(token: string): Principal | undefined {
    this.#forget();
    const credential = this.#credentials.get(token);
    return credential !== undefined && this.#times.wall() < credential.expiresAt ? credential.principal : undefined;
  }

  /** Looks a token up and remembers it. */
  async find(token: string, find: () => Promise<Credential>): Promise<Principal> {
    const revocations = this.#store.revocations();
    const credential = await find();
    this.#forget();
    // What was revoked in the meantime may have been read before.
    if (revocations === this.#revocations && this.#credentials.size < maxTokens) {
      this.#credentials.set(token, credential);
    }
    return credential.principal;
  }

  #forget(): void {
    const now = this.#times.timer();
    const revocations = this.#store.revocations();
    if (now < this.#forgetAt && revocations === this.#revocations) return;
    this.#credentials.clear();
    this.#forgetAt = now + lifetime;
    this.#revocations = revocations;
  }
}
