import type { AuditKind } from "@eca/contract";
import { type List, listById } from "../lists/list.js";
import type { AuditContent, AuditRow, UserRow } from "../store/port/rows.js";
import type { Store, Transaction } from "../store/port/store.js";
import type { Times } from "../time/times.js";
import type { Actor } from "../caller/actor.js";
import { createDenialBuffer } from "./denial-buffer.js";

/** What was done, and to what. */
export interface Act {
  readonly kind: Exclude<AuditKind, "access_denied">;
  /** Who acts, where the actor is not logged in: whose login it is. */
  readonly user?: Pick<UserRow, "user_id" | "username"> | undefined;
  readonly moduleId?: string;
  readonly rowId?: number;
  /** The id of the user or key that was acted upon. */
  readonly subjectId?: string;
  /** How many rows a bulk operation changed: it leaves one entry, however many they are. 1 by default. */
  readonly count?: number;
  /** What the kind leaves open, in words; no secret. */
  readonly detail?: string;
}

/** Records who did what. */
export interface AuditLog {
  /**
   * Records an action in its own transaction, so that there is neither without the other. To be called after a delete, not
   * before: on a full disk the entry can then use the space of what was deleted.
   */
  record(tx: Pick<Transaction, "insertAudit">, actor: Actor, act: Act): Promise<void>;
  /** Records an attempt that changed nothing. Resolves once that is durable, or `onError` was called with the reason why not. */
  attempted(actor: Actor, act: Act): Promise<void>;
  /** Counts a call that was denied for lack of rights. It is written within ten seconds, together with equal ones. */
  denied(actor: Actor, route: string): void;
  /** All entries, newest first. */
  list(): List<AuditRow>;
  /** Deletes what is too old or too much; returns how many entries. */
  purge(): Promise<number>;
  /** Writes what is counted; to be called before the store is closed. */
  close(): Promise<void>;
}

export interface AuditLogDependencies {
  readonly store: Store;
  readonly times: Pick<Times, "now" | "aging">;
  /** Milliseconds for which an entry is kept. */
  readonly retention: number;
  /** How many entries of each kind are kept: what happens often must not push out what happens seldom. */
  readonly limit: number;
  /** Called when an attempt or a denied call could not be recorded. */
  readonly onError: (error: unknown) => void;
}

/** Entries deleted in one transaction: few enough to hold up no write. */
const purgeStep = 1000;

export function createAuditLog({ store, times, retention, limit, onError }: AuditLogDependencies): AuditLog {
  const denials = createDenialBuffer({
    write: async (entries) => {
      await store.transact(async (tx) => {
        for (const entry of entries) await tx.insertAudit(entry);
      });
    },
    onError,
  });

  const record: AuditLog["record"] = async (tx, actor, act) => {
    await tx.insertAudit({
      ...entryOf(actor, times.now()),
      kind: act.kind,
      count: act.count ?? 1,
      ...(act.user && { user_id: act.user.user_id, username: act.user.username }),
      module_id: act.moduleId ?? null,
      row_id: act.rowId ?? null,
      subject_id: act.subjectId ?? null,
      detail: act.detail ?? null,
    });
  };

  /** Deletes in transactions of their own until nothing is left to delete. */
  const inSteps = async (step: (tx: Transaction) => Promise<number>): Promise<number> => {
    for (let deleted = 0; ;) {
      const count = await store.transact(step);
      deleted += count;
      if (count < purgeStep) return deleted;
    }
  };

  return {
    record,
    attempted: async (actor, act) => {
      await store.transact((tx) => record(tx, actor, act)).catch(onError);
    },
    denied: (actor, route) => denials.add({ ...entryOf(actor, times.now()), kind: "access_denied", route }),
    list: () => listById("desc", (page) => store.auditPage(page)),
    purge: async () => {
      const before = times.aging() - retention * 1000;
      const tooOld = await inSteps((tx) => tx.deleteAuditBefore(before, purgeStep));
      const tooMany = await inSteps((tx) => tx.deleteAuditBeyond(limit, purgeStep));
      return tooOld + tooMany;
    },
    close: () => denials.close(),
  };
}

function entryOf({ principal, address, requestId }: Actor, at: number): Omit<AuditContent, "kind"> {
  return {
    at,
    count: 1,
    user_id: principal?.userId ?? null,
    username: principal?.username ?? null,
    key_id: principal?.keyId ?? null,
    address,
    request_id: requestId,
    route: null,
    module_id: null,
    row_id: null,
    subject_id: null,
    detail: null,
  };
}
