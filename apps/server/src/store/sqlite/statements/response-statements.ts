import type { ResponseContent, ResponseRow } from "../../port/rows.js";
import type { Reader, Transaction } from "../../port/store.js";
import type { CollectionCounters } from "./collection-counters.js";
import type { Connection, SqlRow } from "../database/connection.js";
import { bytesOfColumns, mapRows, PageQuery } from "./page-query.js";
import type { Synchronous } from "../database/synchronous.js";

/** In the order of `toResponseRow`. */
const listColumns = ["percept_ess_ids", "response_ess_ids", "percept_names", "response_names"];
const columns = `id, revision, created_at, updated_at, name, percept, response, twin_module_id, status,
  ${listColumns.join(", ")}`;

export function responseReads(connection: Connection): Synchronous<Pick<Reader, "response" | "responsePage">> {
  const one = connection.prepare(`SELECT ${columns} FROM response WHERE id = ?`);
  const page = new PageQuery(
    connection,
    { columns, bytes: bytesOfColumns(...listColumns) },
    (select, comparison, direction) =>
      `SELECT ${select} FROM response WHERE id ${comparison} ? ORDER BY id ${direction} LIMIT ?`,
  );
  return {
    response: (id) => {
      const row = one.get([id]);
      return row && toResponseRow(row);
    },
    responsePage: (wanted) => mapRows(page.rows([], wanted), toResponseRow),
  };
}

export function responseWrites(
  connection: Connection,
  counters: CollectionCounters,
): Synchronous<Pick<Transaction, "insertResponse">> {
  const insert = connection.prepare(`INSERT INTO response (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  return {
    insertResponse: (content: ResponseContent, wanted) => {
      const { id, revision, at } = counters.insert("response", wanted);
      insert.run([
        id,
        revision,
        at,
        at,
        content.name,
        content.percept,
        content.response,
        content.twin_module_id,
        content.status,
        JSON.stringify(content.percept_ess_ids),
        JSON.stringify(content.response_ess_ids),
        JSON.stringify(content.percept_names),
        JSON.stringify(content.response_names),
      ]);
      return { ...content, id, created_at: at, updated_at: at, revision };
    },
  };
}

function toResponseRow(row: SqlRow): ResponseRow {
  return {
    id: row[0] as number,
    name: row[4] as string,
    percept: row[5] as number,
    response: row[6] as number,
    percept_ess_ids: JSON.parse(row[9] as string) as number[],
    response_ess_ids: JSON.parse(row[10] as string) as number[],
    percept_names: JSON.parse(row[11] as string) as string[],
    response_names: JSON.parse(row[12] as string) as string[],
    twin_module_id: row[7] as string,
    status: row[8] as string,
    created_at: row[2] as number,
    updated_at: row[3] as number,
    revision: row[1] as number,
  };
}
