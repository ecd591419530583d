import type { Actor } from "../caller/actor.js";
import type { AuditLog } from "../audit/audit-log.js";
import { formatTimestamp, type Micros } from "../clock.js";
import { createRowDocuments } from "../document/row-documents.js";
import { DomainError } from "../errors/domain-error.js";
import type { ClockRow } from "../store/port/rows.js";
import type { LateTimes, Reader, Store, TimeRepair, Transaction } from "../store/port/store.js";
import { spell, type Start } from "../time/start-clock.js";

/** What an operator says of the repair; what is left out follows from what is known. */
export interface WantedRepair {
  /** Times after this instant are wrong; the present by default. */
  readonly after: Micros | undefined;
  /** How far they go back. */
  readonly by: Micros | undefined;
}

/** A repair, and what it would change. */
export interface PlannedRepair extends TimeRepair {
  readonly found: readonly LateTimes[];
  /** Why times go back by so much. */
  readonly reason: string;
}

/**
 * What there is to repair, by a wall clock that is right now.
 *
 * @param start What a process that starts now makes of that clock.
 * @throws DomainError `invalid_request` where the clock is known to be wrong, or where nothing says how far times go back.
 */
export async function planRepair(
  store: Reader,
  { now, start, wanted }: { readonly now: Micros; readonly start: Start; readonly wanted: WantedRepair },
): Promise<PlannedRepair> {
  if (start.distrustsWall && wanted.after === undefined) {
    throw new DomainError(
      "invalid_request",
      `the system's clock says ${formatTimestamp(now)}, ${spell(start.by)} before the time when a server last wrote here. ` +
        `Set it right first; or, if it is right, say so by --after ${formatTimestamp(now)}`,
    );
  }
  if (start.row.lag > 0 && wanted.after === undefined) {
    throw new DomainError(
      "invalid_request",
      `the system's clock says ${formatTimestamp(now)}, and jumped there by ${spell(start.row.lag)} a short while ago. ` +
        "Set it right first; if it is right, there is nothing to repair",
    );
  }
  const after = wanted.after ?? now;
  if (after > now) throw new DomainError("invalid_request", "--after lies ahead: the times that do are wrong anyway");
  const found = await store.timesAfter(after);
  return { after, now, found, ...distance(found, { now, row: start.row, wanted }) };
}

/** How far times go back, and why. */
function distance(
  found: readonly LateTimes[],
  { now, row, wanted }: { readonly now: Micros; readonly row: ClockRow; readonly wanted: WantedRepair },
): Pick<PlannedRepair, "by" | "jumpedAt" | "reason"> {
  const newest = Math.max(0, ...found.map((each) => each.newest));
  if (wanted.by !== undefined) return { by: wanted.by, reason: "as --by says" };
  const { wrong_from: jumpedAt, wrong_by: by } = row;
  // Where --after lies before the jump, more than the jump is meant.
  if (by !== null && jumpedAt !== null && newest >= jumpedAt && (wanted.after ?? Infinity) >= jumpedAt - by) {
    return { by, jumpedAt, reason: "by which the clock is known to have been ahead" };
  }
  if (newest > now) return { by: newest - now, reason: "so that the newest of them is the present" };
  if (found.length === 0) return { by: 0, reason: "" };
  throw new DomainError("invalid_request", "none of these times lies ahead: --by has to say how far they go back");
}

/** Documents read at a time. */
const page = 200;

/**
 * Carries a repair out, in one transaction with its entry of the audit log. Documents that a server has made of rows
 * say the new times. From then on the clock starts from the present.
 */
export async function repairTimes(
  { found, ...repair }: PlannedRepair,
  actor: Actor,
  { store, audit }: { readonly store: Store; readonly audit: Pick<AuditLog, "record"> },
): Promise<void> {
  const { after, by, now } = repair;
  const jumped = repair.jumpedAt === undefined ? {} : { jumpedAt: repair.jumpedAt };
  await store.transact(async (tx) => {
    if (found.length > 0) {
      await tx.repairTimes({ after, by, now, ...jumped });
      await followRows(tx, now);
      const count = found.reduce((sum, { rows }) => sum + rows, 0);
      const detail = `times after ${formatTimestamp(after)} went back by ${by / 1_000_000} s`;
      await audit.record(tx, actor, { kind: "times_repaired", count, detail });
    }
    await tx.putClock({ at: now, lag: 0, jumped_at: null, wrong_from: null, wrong_by: null });
  });
}

/** Lets the documents of the rows that were just updated follow them. Vectors are made anew by the next server. */
async function followRows(tx: Transaction, now: Micros): Promise<void> {
  const follower = createRowDocuments(() => undefined);
  for (let after: number | undefined; ;) {
    const documents = await tx.documentPage({ order: "asc", limit: page, ...(after !== undefined && { after }) });
    for (const { source } of documents) {
      if (source === null) continue;
      const row = await (source.kind === "ess"
        ? tx.ess(source.module_id, source.id)
        : tx.sequence(source.module_id, source.id));
      if (row?.updated_at === now) await follower.changed(tx, source, now);
    }
    after = documents.at(-1)?.id;
    if (documents.length < page) return;
  }
}
