import type { SequenceContent, SequenceRow } from "../rows.js";
import type { Page, Reader, SequenceFilter, TimeKey, Transaction } from "../store.js";
import type { Log } from "./change-statements.js";
import type { Connection, SqlRow, SqlValue } from "./connection.js";
import type { EssReads } from "./ess-statements.js";
import type { ModuleCounters } from "./module-statements.js";
import { PageQuery } from "./page-query.js";
import type { Synchronous } from "./synchronous.js";

const columns = "id, instance_id, status, context, created_at, updated_at, revision";

export type SequenceReads = Synchronous<
  Pick<Reader, "sequence" | "latestSequence" | "sequencePage" | "sequencesBetween" | "sequenceEssPage">
>;

export function sequenceReads(connection: Connection, ess: Pick<EssReads, "ess">): SequenceReads {
  const one = connection.prepare(`SELECT ${columns} FROM sequence WHERE module_id = ? AND id = ?`);
  const latest = connection.prepare(`SELECT ${columns} FROM sequence WHERE module_id = ? ORDER BY id DESC LIMIT 1`);
  const page = new PageQuery(
    connection,
    (comparison, direction) =>
      `SELECT ${columns} FROM sequence WHERE module_id = ? AND id ${comparison} ? ORDER BY id ${direction} LIMIT ?`,
  );
  const pageOfStatus = new PageQuery(
    connection,
    (comparison, direction) =>
      `SELECT ${columns} FROM sequence WHERE module_id = ? AND status = ? AND id ${comparison} ?
       ORDER BY id ${direction} LIMIT ?`,
  );
  const between = timeQuery(connection);
  const instances = new PageQuery(
    connection,
    (comparison, direction) =>
      `SELECT id, instance_id FROM sequence WHERE module_id = ? AND id ${comparison} ? ORDER BY id ${direction} LIMIT ?`,
  );
  const toRow = (moduleId: string, row: SqlRow | undefined) => row && toSequenceRow(moduleId, row);
  return {
    sequence: (moduleId, id) => toRow(moduleId, one.get([moduleId, id])),
    latestSequence: (moduleId) => toRow(moduleId, latest.get([moduleId])),
    sequencePage: (moduleId, wanted, status) =>
      (status === undefined ? page.rows([moduleId], wanted) : pageOfStatus.rows([moduleId, status], wanted)).map(
        (row) => toSequenceRow(moduleId, row),
      ),
    sequencesBetween: (moduleId, filter, wanted) =>
      between(moduleId, filter, wanted).map((row) => toSequenceRow(moduleId, row)),

    // A log repeats its states, so that each state is read once a page and shared by its entries.
    sequenceEssPage: (moduleId, wanted) => {
      const states = new Map<number, ReturnType<typeof ess.ess>>();
      return instances.rows([moduleId], wanted).flatMap((row) => {
        const [sequence_id, id] = row as [number, number];
        if (!states.has(id)) states.set(id, ess.ess(moduleId, id));
        const state = states.get(id);
        return state === undefined ? [] : [{ sequence_id, ess: state }];
      });
    },
  };
}

/** The entries of a time, in the order of the index that finds them. */
function timeQuery(connection: Connection) {
  // The plus keeps SQLite from reading by status and sorting, which would cost the same for every page.
  const prepare = (start: string, end: string, direction: string, status: string) =>
    connection.prepare(
      `SELECT ${columns} FROM sequence WHERE module_id = ? AND (created_at, id) ${start} (?, ?) AND created_at ${end} ?
       ${status} ORDER BY created_at ${direction}, id ${direction} LIMIT ?`,
    );
  const both = (start: string, end: string, direction: string) => ({
    all: prepare(start, end, direction, ""),
    ofStatus: prepare(start, end, direction, "AND +status = ?"),
  });
  const statements = { asc: both(">", "<", "ASC"), desc: both("<", ">=", "DESC") };
  return (moduleId: string, { from, to, status }: SequenceFilter, { order, limit, after }: Page<TimeKey>): SqlRow[] => {
    // No row has the id 0: beside an instant it stands before all entries of that instant.
    const [first, last] = [from ?? Number.MIN_SAFE_INTEGER, to ?? Number.MAX_SAFE_INTEGER];
    const start = after ?? [order === "asc" ? first : last, 0];
    const keys: SqlValue[] = [moduleId, ...start, order === "asc" ? last : first];
    const { all, ofStatus } = statements[order];
    return status === undefined ? all.all([...keys, limit]) : ofStatus.all([...keys, status, limit]);
  };
}

type SequenceWrites = Synchronous<Pick<Transaction, "insertSequence" | "updateSequence" | "deleteSequence">>;

export function sequenceWrites(
  connection: Connection,
  { sequence: read }: Pick<SequenceReads, "sequence">,
  counters: ModuleCounters,
  log: Log,
): SequenceWrites {
  const insert = connection.prepare(`INSERT INTO sequence (module_id, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  const update = connection.prepare(
    `UPDATE sequence SET instance_id = ?3, status = ?4, context = ?5, updated_at = ?6, revision = ?7
     WHERE module_id = ?1 AND id = ?2`,
  );
  const remove = connection.prepare("DELETE FROM sequence WHERE module_id = ? AND id = ?");
  return {
    insertSequence: (moduleId, { instance_id, status, context }: SequenceContent, at) => {
      const { id, revision } = counters.insertSequence(moduleId, at);
      insert.run([moduleId, id, instance_id, status, context, at, at, revision]);
      log(moduleId, revision, "sequence_created", id, at);
      return { id, module_id: moduleId, instance_id, status, context, created_at: at, updated_at: at, revision };
    },

    updateSequence: (moduleId, id, { instance_id, status, context }, at) => {
      const row = read(moduleId, id);
      if (row === undefined) return undefined;
      const { revision } = counters.updateSequence(moduleId, at);
      update.run([moduleId, id, instance_id, status, context, at, revision]);
      log(moduleId, revision, "sequence_updated", id, at);
      return { ...row, instance_id, status, context, updated_at: at, revision };
    },

    deleteSequence: (moduleId, id, at) => {
      const row = read(moduleId, id);
      if (row === undefined) return undefined;
      const { revision } = counters.deleteSequence(moduleId, at);
      remove.run([moduleId, id]);
      log(moduleId, revision, "sequence_deleted", id, at);
      return row;
    },
  };
}

function toSequenceRow(moduleId: string, row: SqlRow): SequenceRow {
  const [id, instance_id, status, context, created_at, updated_at, revision] = row as [
    number,
    number,
    string,
    string | null,
    number,
    number,
    number,
  ];
  return { id, module_id: moduleId, instance_id, status, context, created_at, updated_at, revision };
}
