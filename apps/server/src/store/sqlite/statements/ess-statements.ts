import { setImmediate } from "node:timers/promises";
import type { EssContent, EssRow } from "../../port/rows.js";
import type { Reader, Transaction } from "../../port/store.js";
import { type AggregateLists, componentsOf, decodeAggregate, encodeAggregate } from "../../codecs/aggregate-codec.js";
import type { Log } from "./change-statements.js";
import type { Connection, SqlRow, SqlValue } from "../database/connection.js";
import type { EssCache } from "./ess-cache.js";
import { decodeFloats, encodeFloats } from "../../codecs/float32-codec.js";
import { longText, toTextOrNull } from "./long-text.js";
import type { ModuleCounters } from "./module-statements.js";
import { bytesOfColumns, mapRows, PageQuery } from "./page-query.js";
import { after, type MostlySynchronous, type Synchronous } from "../database/synchronous.js";

/** What a writer says of a state, in the order of `toValues`. */
const contentColumns = [
  "valence",
  "score",
  "avg_ess_valence",
  "avg_ess_score",
  "total_ess_score",
  "embedding_input",
  "context",
  "aggregate",
  "state",
];

/** All columns, in the order of `toEssRow`. */
const columns = ["id", "revision", "created_at", "updated_at", ...contentColumns]
  .map((name) => (name === "context" || name === "aggregate" ? longText(`ess.${name}`) : `ess.${name}`))
  .join(", ");

/** The lists of an aggregate take several times as much in memory as their text. */
const bytes = `${bytesOfColumns("ess.context", "ess.state")} + 4 * ${bytesOfColumns("ess.aggregate")}`;

export type EssReads = Synchronous<
  Pick<Reader, "ess" | "hasEss" | "essPage" | "essByEmbedding" | "aggregatesOf" | "states">
>;

export function essReads(connection: Connection): EssReads {
  const one = connection.prepare(`SELECT ${columns} FROM ess WHERE module_id = ? AND id = ?`);
  const exists = connection.prepare("SELECT 1 FROM ess WHERE module_id = ? AND id = ?");
  const byEmbedding = connection.prepare(
    `SELECT ${columns} FROM ess WHERE module_id = ? AND embedding_input = ? ORDER BY id LIMIT 1`,
  );
  const page = new PageQuery(
    connection,
    { columns, bytes },
    (select, comparison, direction) =>
      `SELECT ${select} FROM ess WHERE module_id = ? AND id ${comparison} ? ORDER BY id ${direction} LIMIT ?`,
  );
  const aggregates = new PageQuery(
    connection,
    { columns, bytes },
    (select, comparison, direction) =>
      // CROSS JOIN holds SQLite to this order of the loops.
      `SELECT ${select} FROM ess_component AS component
       CROSS JOIN ess ON ess.module_id = component.module_id AND ess.id = component.aggregate_id
       WHERE component.module_id = ? AND component_module_id = ? AND component_id = ?
         AND aggregate_id ${comparison} ? ORDER BY aggregate_id ${direction} LIMIT ?`,
  );
  const states = connection.prepare("SELECT id, state FROM ess WHERE module_id = ? AND id > ? ORDER BY id LIMIT ?");
  const toRow = (moduleId: string, row: SqlRow | undefined) => row && toEssRow(moduleId, row);
  return {
    ess: (moduleId, id) => toRow(moduleId, one.get([moduleId, id])),
    hasEss: (moduleId, id) => exists.get([moduleId, id]) !== undefined,
    essPage: (moduleId, wanted) => mapRows(page.rows([moduleId], wanted), (row) => toEssRow(moduleId, row)),
    essByEmbedding: (moduleId, embeddingInput) => toRow(moduleId, byEmbedding.get([moduleId, embeddingInput])),
    aggregatesOf: (moduleId, id, aggregateModuleId, wanted) =>
      mapRows(aggregates.rows([aggregateModuleId, moduleId, id], wanted), (row) => toEssRow(aggregateModuleId, row)),
    states: (moduleId, { limit, after = 0 }) =>
      states.all([moduleId, after, limit]).map((row) => {
        const [id, state] = row as [number, Uint8Array];
        return { id, state: decodeFloats(state) };
      }),
  };
}

/** An aggregate has a row in the look-up for each of its components. */
export type LongEssWrites = "insertEss" | "updateEss";

export function essWrites(
  connection: Connection,
  { ess: read }: Pick<EssReads, "ess">,
  counters: ModuleCounters,
  log: Log,
  noteUpdate: EssCache["noteUpdate"],
): MostlySynchronous<Pick<Transaction, LongEssWrites>, LongEssWrites> {
  const names = ["module_id", "id", "revision", "created_at", "updated_at", ...contentColumns];
  const insert = connection.prepare(
    `INSERT INTO ess (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
  );
  const update = connection.prepare(
    `UPDATE ess SET revision = ?3, updated_at = ?4, ${contentColumns.map((name, i) => `${name} = ?${i + 5}`).join(", ")}
     WHERE module_id = ?1 AND id = ?2`,
  );
  const components = componentWrites(connection);
  return {
    insertEss: (moduleId, content, wanted) => {
      const { id, revision, at } = counters.insertEss(moduleId, wanted);
      insert.run([moduleId, id, revision, at, at, ...toValues(content)]);
      log(moduleId, revision, "ess_created", id, at);
      const written = toWritten(content, { id, module_id: moduleId, created_at: at, updated_at: at, revision });
      return after(components.insert(moduleId, id, content), written);
    },

    updateEss: (moduleId, id, content, wanted) => {
      const row = read(moduleId, id);
      if (row === undefined) return undefined;
      const { revision, at } = counters.updateEss(moduleId, wanted);
      noteUpdate(moduleId, id);
      update.run([moduleId, id, revision, at, ...toValues(content)]);
      log(moduleId, revision, "ess_updated", id, at);
      const rest = { id, module_id: moduleId, created_at: row.created_at, updated_at: at, revision };
      return after(components.replace(moduleId, id, row, content), toWritten(content, rest));
    },
  };
}

/** Keeps the look-up by component in step with the lists of an aggregate. */
function componentWrites(connection: Connection) {
  const insert = connection.prepare(
    `INSERT INTO ess_component (module_id, component_module_id, component_id, aggregate_id) VALUES (?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  const remove = connection.prepare(
    `DELETE FROM ess_component
     WHERE module_id = ? AND component_module_id = ? AND component_id = ? AND aggregate_id = ?`,
  );
  const each = (statement: typeof insert) => (moduleId: string, id: number, lists: AggregateLists) =>
    inParts(componentsOf(lists), (component) => {
      statement.run([moduleId, component.module_id, component.id, id]);
    });
  const [insertAll, removeAll] = [each(insert), each(remove)];
  return {
    insert: insertAll,
    replace: (moduleId: string, id: number, before: AggregateLists, now: AggregateLists) => {
      // Most updates are of other things than which components there are.
      if (
        areEqual(before.aggregate_id, now.aggregate_id) &&
        areEqual(before.aggregate_module_id, now.aggregate_module_id)
      )
        return undefined;
      const removed = removeAll(moduleId, id, before);
      return removed === undefined ? insertAll(moduleId, id, now) : removed.then(() => insertAll(moduleId, id, now));
    },
  };
}

/** Statements that run before others have their turn: some two milliseconds of them. */
const partLength = 512;

/** Does something with each item, at once where there are few of them. */
function inParts<Item>(items: readonly Item[], use: (item: Item) => void): Promise<void> | undefined {
  if (items.length > partLength) return inTurns(items, use);
  for (const item of items) use(item);
  return undefined;
}

async function inTurns<Item>(items: readonly Item[], use: (item: Item) => void): Promise<void> {
  for (let start = 0; start < items.length; start += partLength) {
    await setImmediate();
    for (const item of items.slice(start, start + partLength)) use(item);
  }
}

function areEqual<Item>(a: readonly Item[], b: readonly Item[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function toValues(content: EssContent): SqlValue[] {
  return [
    content.valence,
    content.score,
    content.avg_ess_valence,
    content.avg_ess_score,
    content.total_ess_score,
    content.embedding_input,
    content.context,
    encodeAggregate(content),
    encodeFloats(content.state),
  ];
}

function toWritten(content: EssContent, rest: Omit<EssRow, keyof EssContent>): EssRow {
  return {
    id: rest.id,
    module_id: rest.module_id,
    state: content.state,
    valence: content.valence,
    score: content.score,
    avg_ess_valence: content.avg_ess_valence,
    avg_ess_score: content.avg_ess_score,
    total_ess_score: content.total_ess_score,
    embedding_input: content.embedding_input,
    context: content.context,
    aggregate_id: content.aggregate_id,
    aggregate_module_id: content.aggregate_module_id,
    aggregate_shape: content.aggregate_shape,
    aggregate_valence: content.aggregate_valence,
    aggregate_score: content.aggregate_score,
    aggregate_context: content.aggregate_context,
    aggregate_emb_inp: content.aggregate_emb_inp,
    created_at: rest.created_at,
    updated_at: rest.updated_at,
    revision: rest.revision,
  };
}

function toEssRow(moduleId: string, row: SqlRow): EssRow {
  const lists = decodeAggregate(toTextOrNull(row[11]));
  return {
    id: row[0] as number,
    module_id: moduleId,
    state: decodeFloats(row[12] as Uint8Array),
    valence: row[4] as number,
    score: row[5] as number,
    avg_ess_valence: row[6] as number,
    avg_ess_score: row[7] as number,
    total_ess_score: row[8] as number,
    embedding_input: row[9] as number | null,
    context: toTextOrNull(row[10]),
    aggregate_id: lists.aggregate_id,
    aggregate_module_id: lists.aggregate_module_id,
    aggregate_shape: lists.aggregate_shape,
    aggregate_valence: lists.aggregate_valence,
    aggregate_score: lists.aggregate_score,
    aggregate_context: lists.aggregate_context,
    aggregate_emb_inp: lists.aggregate_emb_inp,
    created_at: row[2] as number,
    updated_at: row[3] as number,
    revision: row[1] as number,
  };
}
