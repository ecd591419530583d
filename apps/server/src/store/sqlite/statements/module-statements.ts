import type { Micros } from "../../../clock.js";
import type { ModuleRow } from "../../port/rows.js";
import type { Reader, Transaction } from "../../port/store.js";
import type { Connection, SqlRow, Statement } from "../database/connection.js";
import type { Synchronous } from "../database/synchronous.js";
import { laterThanLast } from "./later-than-last.js";

/** In the order of `toModuleRow`. */
export const moduleColumns =
  "module_id, shape, ess_count, sequence_count, embedding_count, revision, ess_revision, created_at, last_activity_at, display_name";

export function moduleReads(connection: Connection): Synchronous<Pick<Reader, "module" | "modules" | "newestTime">> {
  const one = connection.prepare(`SELECT ${moduleColumns} FROM module WHERE module_id = ?`);
  const pages = (comparison: ">" | "<", direction: "ASC" | "DESC") => ({
    first: connection.prepare(`SELECT ${moduleColumns} FROM module ORDER BY module_id ${direction} LIMIT ?`),
    next: connection.prepare(
      `SELECT ${moduleColumns} FROM module WHERE module_id ${comparison} ? ORDER BY module_id ${direction} LIMIT ?`,
    ),
  });
  // Asked at the start alone: a million modules take some hundredths of a second, an index would cost every write.
  const newest = ["module", "collection"].map((table) =>
    connection.prepare(`SELECT max(last_activity_at) FROM ${table}`),
  );
  const statements = { asc: pages(">", "ASC"), desc: pages("<", "DESC") };
  return {
    module: (moduleId) => {
      const row = one.get([moduleId]);
      return row && toModuleRow(row);
    },
    newestTime: () => Math.max(...newest.map((query) => Number(query.get([])?.[0] ?? 0))),
    modules: ({ order, limit, after }) => {
      const { first, next } = statements[order];
      return (after === undefined ? first.all([limit]) : next.all([after, limit])).map(toModuleRow);
    },
  };
}

export function moduleWrites(connection: Connection): Synchronous<Pick<Transaction, "insertModule" | "fixShape">> {
  const insert = connection.prepare(
    "INSERT INTO module (module_id, shape, created_at, last_activity_at) VALUES (?1, ?2, ?3, ?3)",
  );
  const fix = connection.prepare("UPDATE module SET shape = ? WHERE module_id = ? AND shape = 0");
  return {
    fixShape: (moduleId, shape) => {
      if (fix.run([shape, moduleId]) !== 1) throw new Error(`module "${moduleId}" does not exist or has its shape`);
    },

    insertModule: (moduleId, shape, at) => {
      insert.run([moduleId, shape, at]);
      return {
        module_id: moduleId,
        display_name: null,
        shape,
        ess_count: 0,
        sequence_count: 0,
        embedding_count: 0,
        revision: 0,
        ess_revision: 0,
        created_at: at,
        last_activity_at: at,
      };
    },
  };
}

/** What a write to a module takes from the module's counters. */
interface Step {
  readonly revision: number;
  /** The newest id of the kind of row that is written. */
  readonly id: number;
  /** When the write happens: what was asked for, or just after the module's newest write where that is later. */
  readonly at: Micros;
}

/** The counters on a module's row, moved on by each write to the module. */
export interface ModuleCounters {
  insertEss(moduleId: string, at: Micros): Step;
  updateEss(moduleId: string, at: Micros): Step;
  insertSequence(moduleId: string, at: Micros): Step;
  updateSequence(moduleId: string, at: Micros): Step;
  deleteSequence(moduleId: string, at: Micros): Step;
  insertEmbedding(moduleId: string, at: Micros): Step;
  updateEmbedding(moduleId: string, at: Micros): Step;
  deleteEmbedding(moduleId: string, at: Micros): Step;
}

export function moduleCounters(connection: Connection): ModuleCounters {
  const step = (changes: string, id: "last_ess_id" | "last_sequence_id" | "last_embedding_id") => {
    const statement = connection.prepare(
      `UPDATE module SET revision = revision + 1, last_activity_at = ${laterThanLast("?2")}, ${changes}
       WHERE module_id = ?1 RETURNING revision, ${id}, last_activity_at`,
    );
    return (moduleId: string, at: Micros) => takeStep(statement, moduleId, at);
  };
  return {
    insertEss: step(
      "ess_revision = revision + 1, last_ess_id = last_ess_id + 1, ess_count = ess_count + 1",
      "last_ess_id",
    ),
    updateEss: step("ess_revision = revision + 1", "last_ess_id"),
    insertSequence: step(
      "last_sequence_id = last_sequence_id + 1, sequence_count = sequence_count + 1",
      "last_sequence_id",
    ),
    updateSequence: step("sequence_count = sequence_count", "last_sequence_id"),
    deleteSequence: step("sequence_count = sequence_count - 1", "last_sequence_id"),
    insertEmbedding: step(
      "last_embedding_id = last_embedding_id + 1, embedding_count = embedding_count + 1",
      "last_embedding_id",
    ),
    updateEmbedding: step("embedding_count = embedding_count", "last_embedding_id"),
    deleteEmbedding: step("embedding_count = embedding_count - 1", "last_embedding_id"),
  };
}

function takeStep(statement: Statement, moduleId: string, at: Micros): Step {
  const row = statement.get([moduleId, at]);
  if (row === undefined) throw new Error(`a write to module "${moduleId}", which does not exist`);
  const [revision, id, latest] = row as [number, number, number];
  return { revision, id, at: latest };
}

export function toModuleRow(row: SqlRow): ModuleRow {
  return {
    module_id: row[0] as string,
    shape: row[1] as number,
    ess_count: row[2] as number,
    sequence_count: row[3] as number,
    embedding_count: row[4] as number,
    revision: row[5] as number,
    ess_revision: row[6] as number,
    created_at: row[7] as number,
    last_activity_at: row[8] as number,
    display_name: row[9] as string | null,
  };
}
