import type { AuditLog } from "../audit/audit-log.js";
import type { Passwords } from "../password/password.js";
import type { Store } from "../store/port/store.js";
import type { Times } from "../time/times.js";
import { createCredentials, type Credentials } from "./credentials.js";
import { createLoginAttempts } from "./login-attempts.js";
import type { LoginGuard } from "./login-guard.js";
import { createSessionLifetime } from "./session-lifetime.js";
import { createSessionCalls, type SessionCalls } from "./sessions.js";

/** Who may call, and for how long. */
export interface AuthService extends SessionCalls, Credentials {
  /** Deletes the sessions that have ended; returns how many. */
  purge(): Promise<number>;
  /** How many sessions have not ended. */
  liveSessions(): Promise<number>;
}

export interface AuthServiceDependencies {
  readonly store: Store;
  readonly times: Pick<Times, "wall" | "aging" | "timer">;
  readonly passwords: Passwords;
  readonly guard: LoginGuard;
  readonly audit: Pick<AuditLog, "record" | "attempted">;
  /** Milliseconds without use after which a session ends. */
  readonly sessionIdle: number;
  /** Milliseconds after its login at which a session ends; undefined where idleness alone ends it. */
  readonly sessionLifetime: number | undefined;
  /** Called when a use could not be recorded; the call that it belongs to goes on. */
  readonly onTouchError: (error: unknown) => void;
}

export function createAuthService(dependencies: AuthServiceDependencies): AuthService {
  const { store, times, passwords, guard, audit, onTouchError } = dependencies;
  const lifetime = createSessionLifetime(dependencies);
  const attempts = createLoginAttempts({ store, passwords, guard, audit });
  return {
    ...createSessionCalls({ store, times, passwords, attempts, audit, lifetime }),
    ...createCredentials({ store, times, lifetime, onTouchError }),
    purge: () => store.transact((tx) => tx.deleteExpiredSessions(...lifetime.oldest(times.aging()))),
    liveSessions: () => store.countSessions(...lifetime.oldest(times.wall())),
  };
}
