import type { Actor } from "../caller/actor.js";
import type { AuditLog } from "../audit/audit-log.js";
import type { Clock, Micros } from "../clock.js";
import { requireModule } from "../module/service.js";
import type { SequenceRow } from "../store/port/rows.js";
import type { Page, PageRows, Reader, Store } from "../store/port/store.js";

/** The status of the entries that predictions store; what tells them from observations is their mark. */
export const predictedStatus = "p";

/** Which observations of a module were predictions all along. */
export interface MarkSelection {
  readonly moduleId: string;
  readonly status: string;
  /** Created at this instant or later. */
  readonly from?: Micros;
  /** Created before this instant. */
  readonly to?: Micros;
}

/** What a selection has found; `first` and `last` by id. */
export interface Marked {
  readonly moduleId: string;
  readonly count: number;
  readonly first: SequenceRow | undefined;
  readonly last: SequenceRow | undefined;
}

interface MarkDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Pick<AuditLog, "record">;
}

/** Entries marked in one transaction: some 10 ms of a server's time, where one writes to the same data. */
const batch = 500;
/** What they may take, as contexts may be long; in bytes. */
const batchBytes = 2 ** 20;

/**
 * The observations that a selection finds, none of them changed.
 *
 * @throws DomainError `module_not_found`.
 */
export async function findUnmarked(reader: Reader, selection: MarkSelection): Promise<Marked> {
  const { moduleId } = selection;
  await requireModule(reader, moduleId);
  let found: Marked = { moduleId, count: 0, first: undefined, last: undefined };
  for (let after: number | undefined; ;) {
    const rows = await readPage(reader, selection, after);
    found = extended(
      found,
      rows.filter((row) => isWithin(row, selection)),
    );
    after = nextOf(rows);
    if (after === undefined) return found;
  }
}

/**
 * Marks the observations that a selection finds as predicted, a batch at a time: what was marked stays so
 * where it is stopped, and the rest is marked when it runs again. One entry of the audit log tells of all.
 *
 * @throws DomainError `module_not_found`.
 */
export async function markPredicted(
  selection: MarkSelection,
  actor: Actor,
  { store, clock, audit }: MarkDependencies,
): Promise<Marked> {
  const { moduleId } = selection;
  const { count: expected } = await findUnmarked(store, selection);
  let marked: Marked = { moduleId, count: 0, first: undefined, last: undefined };
  for (let after: number | undefined; ;) {
    const { rows, done } = await store.transact(async (tx) => {
      const rows = await readPage(tx, selection, after);
      const done: SequenceRow[] = [];
      for (const row of rows) {
        if (!isWithin(row, selection)) continue;
        await tx.markPredicted(moduleId, row.id, clock());
        done.push(row);
      }
      if (marked.count === 0 && done.length > 0) {
        const detail = `status ${JSON.stringify(selection.status)}`;
        await audit.record(tx, actor, { kind: "sequence_marked_predicted", moduleId, count: expected, detail });
      }
      return { rows, done };
    });
    marked = extended(marked, done);
    after = nextOf(rows);
    if (after === undefined) return marked;
  }
}

function readPage(reader: Reader, { moduleId, status }: MarkSelection, after: number | undefined) {
  const page: Page = { order: "asc", limit: batch, maxBytes: batchBytes, ...(after !== undefined && { after }) };
  return reader.sequencePage(moduleId, page, { status, predicted: "exclude" });
}

/** Where the page behind these rows begins; undefined where they are the last. */
function nextOf(rows: PageRows<SequenceRow>): number | undefined {
  return rows.next ?? (rows.length < batch ? undefined : rows.at(-1)?.id);
}

function isWithin({ created_at: at }: SequenceRow, { from, to }: MarkSelection): boolean {
  return (from === undefined || at >= from) && (to === undefined || at < to);
}

function extended(marked: Marked, rows: readonly SequenceRow[]): Marked {
  const last = rows.at(-1) ?? marked.last;
  return { ...marked, count: marked.count + rows.length, first: marked.first ?? rows[0], last };
}
