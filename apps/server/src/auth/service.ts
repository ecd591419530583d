import type { AuthResponse, Session } from "@eca/contract";
import { type Clock, formatTimestamp, type Micros } from "../clock.js";
import { DomainError } from "../errors.js";
import type { Principal } from "../handler.js";
import type { SessionRow, UserRow } from "../store/rows.js";
import type { Store } from "../store/store.js";
import { hashPassword, type PasswordCost, verifyPassword } from "./password.js";
import { hashToken, newToken } from "./token.js";

/** Who may call, and for how long. */
export interface AuthService {
  /** Begins a session. @throws DomainError `invalid_credentials`, at the same cost for known and unknown names. */
  login(username: string, password: string): Promise<AuthResponse>;
  /** Whose token this is. @throws DomainError `unauthenticated`. */
  authenticate(token: string): Promise<Principal>;
  /** The caller's own session. @throws DomainError `unauthenticated`. */
  session(principal: Principal): Promise<Session>;
  /** Ends the caller's own session: its token is dead once this resolves. @throws DomainError `unauthenticated`. */
  logout(principal: Principal): Promise<Session>;
  /** Forgets the sessions that have expired; answers how many. */
  purge(): Promise<number>;
}

export interface AuthServiceDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly passwordCost: PasswordCost;
  /** Milliseconds without use after which a session ends. */
  readonly sessionIdle: number;
  /** Milliseconds after its login at which a session ends. */
  readonly sessionLifetime: number;
  /** Told when a use could not be noted; the call that it belongs to goes on. */
  readonly onTouchError: (error: unknown) => void;
}

export function createAuthService(dependencies: AuthServiceDependencies): AuthService {
  const { store, clock, passwordCost, onTouchError } = dependencies;
  const idle: Micros = dependencies.sessionIdle * 1000;
  const lifetime: Micros = dependencies.sessionLifetime * 1000;
  // Noting each use would make a write of every read; a minute is exact enough for an idle time of hours.
  const touchAfter: Micros = Math.min(60_000_000, idle / 10);
  // Unknown names are checked against this, so that they cost the same time as known ones.
  const decoy = hashPassword(newToken(), passwordCost);

  const alive = ({ created_at, last_used_at }: SessionRow, now: Micros): boolean =>
    now < created_at + lifetime && now < last_used_at + idle;

  const toSession = (session: SessionRow, user: UserRow): Session => ({
    user_id: user.user_id,
    username: user.username,
    role: user.role,
    created_at: formatTimestamp(session.created_at),
    idle_expires_at: formatTimestamp(Math.min(session.last_used_at + idle, session.created_at + lifetime)),
    expires_at: formatTimestamp(session.created_at + lifetime),
  });

  const requireSession = async (tokenHash: Uint8Array): Promise<{ session: SessionRow; user: UserRow }> => {
    const found = await store.session(tokenHash);
    if (found !== undefined && alive(found.session, clock())) return found;
    throw new DomainError("unauthenticated", "the session is unknown or has ended; log in again with POST /login");
  };

  return {
    login: async (username, password) => {
      const user = await store.userByName(username);
      const matches = await verifyPassword(password, user?.password_hash ?? (await decoy));
      if (user === undefined || !matches) {
        throw new DomainError("invalid_credentials", "username or password is wrong");
      }
      const token = newToken();
      const now = clock();
      await store.transact((tx) =>
        tx.insertSession({
          token_hash: hashToken(token),
          user_id: user.user_id,
          created_at: now,
          last_used_at: now,
        }),
      );
      return { role: user.role, session_id: token, user_id: user.user_id, username: user.username };
    },

    authenticate: async (token) => {
      const tokenHash = hashToken(token);
      const { session, user } = await requireSession(tokenHash);
      const now = clock();
      if (now - session.last_used_at > touchAfter) {
        store.transact((tx) => tx.touchSession(tokenHash, now)).catch(onTouchError);
      }
      return { userId: user.user_id, username: user.username, role: user.role, tokenHash };
    },

    session: async ({ tokenHash }) => {
      const { session, user } = await requireSession(tokenHash);
      return toSession(session, user);
    },

    logout: async ({ tokenHash }) => {
      const { session, user } = await requireSession(tokenHash);
      await store.transact((tx) => tx.deleteSession(tokenHash));
      return toSession(session, user);
    },

    purge: async () => {
      const now = clock();
      return store.transact((tx) => tx.deleteExpiredSessions(now - lifetime, now - idle));
    },
  };
}
