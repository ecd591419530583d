import type { EmbeddingContent, EmbeddingRow } from "../../port/rows.js";
import type { Reader, Transaction } from "../../port/store.js";
import type { Log } from "./change-statements.js";
import type { Connection, SqlRow, SqlValue } from "../database/connection.js";
import { longText, toText } from "./long-text.js";
import type { ModuleCounters } from "./module-statements.js";
import { bytesOfColumns, mapRows, PageQuery } from "./page-query.js";
import type { Synchronous } from "../database/synchronous.js";

/** In the order of `toEmbeddingRow`. */
const columns = `id, ${longText("input")}, hash, created_at, updated_at, revision`;

type EmbeddingReads = Synchronous<Pick<Reader, "embedding" | "embeddingByHash" | "embeddingPage">>;

export function embeddingReads(connection: Connection): EmbeddingReads {
  const one = connection.prepare(`SELECT ${columns} FROM embedding WHERE module_id = ? AND id = ?`);
  const byHash = connection.prepare(`SELECT ${columns} FROM embedding WHERE module_id = ? AND hash = ?`);
  const page = new PageQuery(
    connection,
    { columns, bytes: bytesOfColumns("input") },
    (select, comparison, direction) =>
      `SELECT ${select} FROM embedding WHERE module_id = ? AND id ${comparison} ? ORDER BY id ${direction} LIMIT ?`,
  );
  const toRow = (moduleId: string, row: SqlRow | undefined) => row && toEmbeddingRow(moduleId, row);
  return {
    embedding: (moduleId, id) => toRow(moduleId, one.get([moduleId, id])),
    embeddingByHash: (moduleId, hash) => toRow(moduleId, byHash.get([moduleId, hash])),
    embeddingPage: (moduleId, wanted) => mapRows(page.rows([moduleId], wanted), (row) => toEmbeddingRow(moduleId, row)),
  };
}

type EmbeddingWrites = Synchronous<Pick<Transaction, "insertEmbedding" | "updateEmbedding" | "deleteEmbedding">>;

export function embeddingWrites(
  connection: Connection,
  { embedding: read }: Pick<EmbeddingReads, "embedding">,
  counters: ModuleCounters,
  log: Log,
): EmbeddingWrites {
  const insert = connection.prepare(
    `INSERT INTO embedding (module_id, id, input, hash, created_at, updated_at, revision) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = connection.prepare(
    `UPDATE embedding SET input = ?3, hash = ?4, updated_at = ?5, revision = ?6 WHERE module_id = ?1 AND id = ?2`,
  );
  const remove = connection.prepare("DELETE FROM embedding WHERE module_id = ? AND id = ?");
  return {
    insertEmbedding: (moduleId, { input, hash }: EmbeddingContent, wanted) => {
      const { id, revision, at } = counters.insertEmbedding(moduleId, wanted);
      insert.run([moduleId, id, input, hash, at, at, revision]);
      log(moduleId, revision, "embedding_created", id, at);
      return { id, module_id: moduleId, input, hash, created_at: at, updated_at: at, revision };
    },

    updateEmbedding: (moduleId, id, { input, hash }, wanted) => {
      const row = read(moduleId, id);
      if (row === undefined) return undefined;
      const { revision, at } = counters.updateEmbedding(moduleId, wanted);
      update.run([moduleId, id, input, hash, at, revision]);
      log(moduleId, revision, "embedding_updated", id, at);
      return { ...row, input, hash, updated_at: at, revision };
    },

    deleteEmbedding: (moduleId, id, wanted) => {
      const row = read(moduleId, id);
      if (row === undefined) return undefined;
      const { revision, at } = counters.deleteEmbedding(moduleId, wanted);
      remove.run([moduleId, id]);
      log(moduleId, revision, "embedding_deleted", id, at);
      return row;
    },
  };
}

function toEmbeddingRow(moduleId: string, row: SqlRow): EmbeddingRow {
  const [id, input, hash, created_at, updated_at, revision] = row as [number, SqlValue, string, number, number, number];
  return { id, module_id: moduleId, input: toText(input), hash, created_at, updated_at, revision };
}
