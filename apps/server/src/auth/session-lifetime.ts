import type { Session } from "@eca/contract";
import { formatTimestamp, type Micros } from "../clock.js";
import { DomainError } from "../errors/domain-error.js";
import type { SessionRow, UserRow } from "../store/port/rows.js";
import type { Reader } from "../store/port/store.js";
import type { Times } from "../time/times.js";

/** A session that has not ended, and its user. */
interface OpenSession {
  readonly session: SessionRow;
  readonly user: UserRow;
}

export interface SessionLifetimeOptions {
  readonly times: Pick<Times, "wall">;
  /** Milliseconds without use after which a session ends. */
  readonly sessionIdle: number;
  /** Milliseconds after its login at which a session ends; undefined where idleness alone ends it. */
  readonly sessionLifetime: number | undefined;
}

/** How long sessions live. */
export interface SessionLifetime {
  /** How long a session lives without use. */
  readonly idle: Micros;
  /** When a session ends unless it is used. */
  endOf(session: SessionRow): Micros;
  /** When the oldest of the sessions that have not ended by `now` can have begun and been used last. */
  oldest(now: Micros): [createdAt: Micros, usedAt: Micros];
  /** @throws DomainError `unauthenticated` where the session is unknown or has ended. */
  requireOpen(reader: Pick<Reader, "session">, tokenHash: Uint8Array): Promise<OpenSession>;
  /** A session as the wire shows it. */
  toSession(open: OpenSession): Session;
}

export function createSessionLifetime({ times, ...limits }: SessionLifetimeOptions): SessionLifetime {
  const idle: Micros = limits.sessionIdle * 1000;
  const lifetime: Micros = (limits.sessionLifetime ?? Infinity) * 1000;
  const endOf = ({ created_at, last_used_at }: SessionRow): Micros =>
    Math.min(last_used_at + idle, created_at + lifetime);

  return {
    idle,
    endOf,
    oldest: (now) => [Math.max(now - lifetime, 0), now - idle],
    requireOpen: async (reader, tokenHash) => {
      const found = await reader.session(tokenHash);
      if (found !== undefined && !found.user.disabled && times.wall() < endOf(found.session)) return found;
      throw new DomainError("unauthenticated", "the session is unknown or has ended; log in again with POST /login");
    },
    toSession: ({ session, user }) => ({
      user_id: user.user_id,
      username: user.username,
      role: user.role,
      created_at: formatTimestamp(session.created_at),
      idle_expires_at: formatTimestamp(endOf(session)),
      expires_at: lifetime === Infinity ? null : formatTimestamp(session.created_at + lifetime),
    }),
  };
}
