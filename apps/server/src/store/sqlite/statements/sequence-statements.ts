import type { PredictedFilter } from "@eca/contract";
import type { EssRow } from "../../port/rows.js";
import type { Observation, Page, PageRows, Reader, SequenceEss, Transaction } from "../../port/store.js";
import { bytesOfEss } from "../../codecs/ess-bytes.js";
import type { Log } from "./change-statements.js";
import type { Connection, SqlRow } from "../database/connection.js";
import type { EssReads } from "./ess-statements.js";
import { longContexts } from "./long-contexts.js";
import type { ModuleCounters } from "./module-statements.js";
import { PageQuery } from "./page-query.js";
import { observationsById, predictedRuns } from "./predicted-runs.js";
import { sequenceColumns, sequencePages, toSequenceRow } from "./sequence-pages.js";
import type { Synchronous } from "../database/synchronous.js";

export type SequenceReads = Synchronous<
  Pick<
    Reader,
    | "sequence"
    | "latestSequence"
    | "sequencePage"
    | "sequencesBetween"
    | "sequenceEssPage"
    | "observationPage"
    | "occurrencePage"
  >
>;

export function sequenceReads(connection: Connection, ess: Pick<EssReads, "ess">): SequenceReads {
  const one = connection.prepare(`SELECT ${sequenceColumns} FROM sequence WHERE module_id = ? AND id = ?`);
  const pages = sequencePages(connection);
  const observations = observationReads(connection);
  const instances = new PageQuery(
    connection,
    { columns: "id, instance_id" },
    (select, comparison, direction) =>
      `SELECT ${select} FROM sequence WHERE module_id = ? AND id ${comparison} ? ORDER BY id ${direction} LIMIT ?`,
  );
  const instancesOf = (moduleId: string, wanted: Page, predicted: PredictedFilter): PageRows<Observation> => {
    if (predicted === "exclude") return observations.observationPage(moduleId, wanted);
    if (predicted === "only") return pages.byId(moduleId, wanted, { predicted });
    return instances.rows([moduleId], wanted).map(toObservation);
  };
  return {
    ...observations,
    sequence: (moduleId, id) => {
      const row = one.get([moduleId, id]);
      return row && toSequenceRow(moduleId, row);
    },
    latestSequence: (moduleId) => pages.byId(moduleId, { order: "desc", limit: 1 }, { predicted: "exclude" })[0],
    sequencePage: (moduleId, wanted, selection = {}) => pages.byId(moduleId, wanted, selection),
    sequencesBetween: (moduleId, filter, wanted) => pages.byTime(moduleId, filter, wanted),

    sequenceEssPage: (moduleId, wanted, predicted = "include") =>
      withStates(instancesOf(moduleId, wanted, predicted), (id) => ess.ess(moduleId, id), wanted.maxBytes),
  };
}

/** A log repeats its states, so that each state is read once a page and shared by its entries. */
function withStates(
  entries: PageRows<Observation>,
  read: (id: number) => EssRow | undefined,
  maxBytes = Number.POSITIVE_INFINITY,
): PageRows<SequenceEss> {
  const states = new Map<number, EssRow | undefined>();
  const rows: PageRows<SequenceEss> = [];
  let bytes = 0;
  for (const [index, { id, instance_id }] of entries.entries()) {
    if (!states.has(instance_id)) {
      const state = read(instance_id);
      states.set(instance_id, state);
      bytes += state === undefined ? 0 : bytesOfEss(state);
    }
    const ess = states.get(instance_id);
    if (ess !== undefined) rows.push({ sequence_id: id, ess });
    if (bytes < maxBytes || index === entries.length - 1) continue;
    rows.next = id;
    return rows;
  }
  if (entries.next !== undefined) rows.next = entries.next;
  return rows;
}

/** What predictions read, from indexes alone where there is one. */
function observationReads(connection: Connection): Pick<SequenceReads, "observationPage" | "occurrencePage"> {
  const query = (columns: string, index: string, key: string) =>
    new PageQuery(
      connection,
      { columns },
      (select, comparison, direction) =>
        `SELECT ${select} FROM sequence INDEXED BY ${index} WHERE predicted = 0 AND module_id = ? ${key}
         AND id ${comparison} ? ORDER BY id ${direction} LIMIT ?`,
    );
  const all = observationsById(connection, { columns: "id, instance_id" });
  const ofStatus = query("id, instance_id", "sequence_by_status", "AND status = ?");
  const ofInstance = query("id, status", "sequence_by_instance", "AND instance_id = ?");
  return {
    observationPage: (moduleId, wanted, status) => {
      const rows = status === undefined ? all(moduleId, wanted) : ofStatus.rows([moduleId, status], wanted);
      return rows.map(toObservation);
    },
    occurrencePage: (moduleId, instanceId, wanted) => {
      const rows = ofInstance.rows([moduleId, instanceId], wanted) as [number, string][];
      return rows.map(([id, status]) => ({ id, status }));
    },
  };
}

function toObservation(row: SqlRow): Observation {
  return { id: row[0] as number, instance_id: row[1] as number };
}

type SequenceWrites = Synchronous<
  Pick<Transaction, "insertSequence" | "updateSequence" | "markPredicted" | "deleteSequence">
>;

export function sequenceWrites(
  connection: Connection,
  { sequence: read }: Pick<SequenceReads, "sequence">,
  counters: ModuleCounters,
  log: Log,
): SequenceWrites {
  const insert = connection.prepare(
    `INSERT INTO sequence (module_id, id, instance_id, status, context, long_context_bytes, created_at, updated_at,
       revision, predicted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = connection.prepare(
    `UPDATE sequence SET instance_id = ?3, status = ?4, context = ?5, long_context_bytes = ?6, updated_at = ?7, revision = ?8
     WHERE module_id = ?1 AND id = ?2`,
  );
  const mark = connection.prepare(
    "UPDATE sequence SET predicted = 1, updated_at = ?3, revision = ?4 WHERE module_id = ?1 AND id = ?2",
  );
  const remove = connection.prepare("DELETE FROM sequence WHERE module_id = ? AND id = ?");
  const contexts = longContexts(connection);
  const runs = predictedRuns(connection);
  return {
    insertSequence: (moduleId, { instance_id, status, context, predicted = false }, wanted) => {
      const { id, revision, at } = counters.insertSequence(moduleId, wanted);
      const kept = contexts.keep(moduleId, id, context);
      insert.run([
        moduleId,
        id,
        instance_id,
        status,
        kept.context,
        kept.longBytes,
        at,
        at,
        revision,
        predicted ? 1 : 0,
      ]);
      if (predicted) runs.append(moduleId, id);
      log(moduleId, revision, "sequence_created", id, at);
      const times = { created_at: at, updated_at: at };
      return { id, module_id: moduleId, instance_id, status, context, ...times, revision, predicted };
    },

    updateSequence: (moduleId, id, { instance_id, status, context }, wanted) => {
      const row = read(moduleId, id);
      if (row === undefined) return undefined;
      const { revision, at } = counters.updateSequence(moduleId, wanted);
      contexts.remove(moduleId, id, row.context);
      const kept = contexts.keep(moduleId, id, context);
      update.run([moduleId, id, instance_id, status, kept.context, kept.longBytes, at, revision]);
      log(moduleId, revision, "sequence_updated", id, at);
      return { ...row, instance_id, status, context, updated_at: at, revision };
    },

    markPredicted: (moduleId, id, wanted) => {
      const row = read(moduleId, id);
      if (row === undefined || row.predicted) return row;
      const { revision, at } = counters.updateSequence(moduleId, wanted);
      mark.run([moduleId, id, at, revision]);
      runs.insert(moduleId, id);
      log(moduleId, revision, "sequence_updated", id, at);
      return { ...row, updated_at: at, revision, predicted: true };
    },

    deleteSequence: (moduleId, id, wanted) => {
      const row = read(moduleId, id);
      if (row === undefined) return undefined;
      const { revision, at } = counters.deleteSequence(moduleId, wanted);
      remove.run([moduleId, id]);
      if (!row.predicted) runs.join(moduleId, id);
      contexts.remove(moduleId, id, row.context);
      log(moduleId, revision, "sequence_deleted", id, at);
      return row;
    },
  };
}
