import type { SequenceContent, SequenceRow } from "../rows.js";
import type { Reader, Transaction } from "../store.js";
import type { Log } from "./change-statements.js";
import type { Connection, SqlRow } from "./connection.js";
import type { EssReads } from "./ess-statements.js";
import type { ModuleCounters } from "./module-statements.js";
import { PageQuery } from "./page-query.js";
import type { Synchronous } from "./synchronous.js";

const columns = "id, instance_id, status, context, created_at, updated_at, revision";

export type SequenceReads = Synchronous<
  Pick<Reader, "sequence" | "latestSequence" | "sequencePage" | "sequenceEssPage">
>;

export function sequenceReads(connection: Connection, ess: Pick<EssReads, "ess">): SequenceReads {
  const one = connection.prepare(`SELECT ${columns} FROM sequence WHERE module_id = ? AND id = ?`);
  const latest = connection.prepare(`SELECT ${columns} FROM sequence WHERE module_id = ? ORDER BY id DESC LIMIT 1`);
  const page = new PageQuery(
    connection,
    (comparison, direction) =>
      `SELECT ${columns} FROM sequence WHERE module_id = ? AND id ${comparison} ? ORDER BY id ${direction} LIMIT ?`,
  );
  const instances = new PageQuery(
    connection,
    (comparison, direction) =>
      `SELECT id, instance_id FROM sequence WHERE module_id = ? AND id ${comparison} ? ORDER BY id ${direction} LIMIT ?`,
  );
  const toRow = (moduleId: string, row: SqlRow | undefined) => row && toSequenceRow(moduleId, row);
  return {
    sequence: (moduleId, id) => toRow(moduleId, one.get([moduleId, id])),
    latestSequence: (moduleId) => toRow(moduleId, latest.get([moduleId])),
    sequencePage: (moduleId, wanted) => page.rows([moduleId], wanted).map((row) => toSequenceRow(moduleId, row)),

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
