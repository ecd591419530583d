import { setImmediate } from "node:timers/promises";
import type { DocumentMatch, SearchTerm, Store } from "../../port/store.js";
import { documentIndexRules, documentTimes, documentTimeSteps } from "../../phrases/time-terms.js";
import type { Connection, SqlRow, Statement } from "../database/connection.js";
import { documentColumns, documentWidth, selectDocument, toDocumentRow } from "./document-columns.js";

/** The full-text index of the embedded documents, on the connection that writes. */
export interface DocumentIndex {
  /** Takes in a document that is not in it. */
  put(id: number, text: string): void;
  /** The same of a document that is stored; of a long one in turns and on another thread, as it takes a tenth of a second. */
  putStored(id: number, text: string): Promise<void> | undefined;
  /** Does nothing where it is not in it. */
  remove(id: number): void;
}

/** The lengths of a text that takes some milliseconds to take in, and to look through for times. */
const longForIndex = 2 ** 15;
const longForTimes = 2 ** 12;

/** After so many milliseconds of steps others have their turn. */
const turnMilliseconds = 4;

async function inTurns<Result>(steps: Generator<undefined, Result, undefined>): Promise<Result> {
  let began = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - began < turnMilliseconds) continue;
    await setImmediate();
    began = performance.now();
  }
}

export function documentIndex(connection: Connection): DocumentIndex {
  const insert = connection.prepare("INSERT INTO document_text (rowid, text, times) VALUES (?, ?, ?)");
  const remove = connection.prepare("DELETE FROM document_text WHERE rowid = ?");
  const putInTurns = async (id: number, text: string): Promise<void> => {
    const times = await inTurns(documentTimeSteps(text));
    if (text.length < longForIndex) {
      insert.run([id, text, times]);
      return;
    }
    const sql = `
      INSERT INTO document_text (rowid, text, times) SELECT id, text, ${quoted(times)} FROM document
      WHERE id = ${id}`;
    await connection.execOffThread(sql);
    connection.writes.record(() => connection.exec(sql));
  };
  return {
    put: (id, text) => void insert.run([id, text, documentTimes(text)]),
    putStored: (id, text) => {
      if (text.length < longForTimes) {
        insert.run([id, text, documentTimes(text)]);
        return undefined;
      }
      return putInTurns(id, text);
    },
    remove: (id) => void remove.run([id]),
  };
}

const rebuildPage = 200;

/** Makes the index anew where it was made by other rules than this server's, or never. */
export function renewDocumentIndex(connection: Connection): void {
  const rules = connection.value("SELECT index_rules FROM collection WHERE name = 'document'");
  if (rules === documentIndexRules) return;
  const page = connection.prepare(
    "SELECT id, text FROM document WHERE id > ? AND status = 'embedded' ORDER BY id LIMIT ?",
  );
  connection.exec("BEGIN IMMEDIATE");
  try {
    connection.exec("INSERT INTO document_text (document_text) VALUES ('delete-all')");
    const index = documentIndex(connection);
    for (let after = 0, rows; (rows = page.all([after, rebuildPage])).length > 0;) {
      for (const [id, text] of rows as [number, string][]) {
        index.put(id, text);
        after = id;
      }
    }
    connection.exec(`UPDATE collection SET index_rules = ${documentIndexRules} WHERE name = 'document'`);
    connection.exec("COMMIT");
  } catch (error) {
    if (connection.inTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}

/** Searches of the index, one after the other. */
export interface DocumentSearch extends Pick<Store, "searchDocuments"> {
  /** Resolves once no search is under way. */
  idle(): Promise<void>;
}

/**
 * Searches on a connection of their own: a word that most of the documents have takes a microsecond for each of them,
 * so that searches run on another thread. They leave what they found in a table of the connection's.
 */
export function documentSearch(connection: Connection): DocumentSearch {
  connection.exec(`
    PRAGMA temp_store = MEMORY;
    CREATE TEMP TABLE found (${documentColumns}, weight, rank);
  `);
  const ranked = connection.prepare("SELECT rowid FROM found ORDER BY weight DESC, rank, id DESC");
  const found = connection.prepare(`SELECT ${selectDocument("found")}, weight FROM found WHERE rowid = ?`);
  let last: Promise<unknown> = Promise.resolve();
  const search = async (terms: readonly SearchTerm[], limit: number): Promise<DocumentMatch[]> => {
    await connection.execOffThread(`DELETE FROM found; INSERT INTO found ${searchSql(terms, limit)}`);
    return readMatches(ranked, found);
  };
  return {
    searchDocuments: (terms, limit) => {
      const result = last.then(() => search(terms, limit));
      last = result.catch(() => undefined);
      return result;
    },
    idle: async () => {
      await last;
    },
  };
}

/** Documents of so many characters are read before others have their turn. */
const charactersPerTurn = 2 ** 18;

/** One by one: together the longest ones would take a tenth of a second. */
async function readMatches(ranked: Statement, found: Statement): Promise<DocumentMatch[]> {
  const matches: DocumentMatch[] = [];
  let characters = 0;
  for (const key of ranked.all([])) {
    const row = found.get(key) as SqlRow;
    const document = toDocumentRow(row);
    matches.push({ document, weight: row[documentWidth] as number });
    characters += document.text.length;
    if (characters < charactersPerTurn) continue;
    characters = 0;
    await setImmediate();
  }
  return matches;
}

/**
 * Each term is looked up by itself, as a phrase in quotes, in which nothing has a meaning of its own. What
 * FTS5 ranks a document by, BM25, is a sum over the terms, so that adding up the ranks of single terms gives
 * the rank for all of them; it decides among documents of equal weight.
 */
function searchSql(terms: readonly SearchTerm[], limit: number): string {
  const columns = documentColumns.split(", ").map((column) => `document.${column}`);
  return `
    WITH hit AS MATERIALIZED (
      SELECT document_text.rowid AS id, term.value ->> 'weight' AS weight, document_text.rank AS rank
      FROM json_each(${quoted(JSON.stringify(terms).replaceAll(String.raw`\u0000`, " "))}) AS term JOIN document_text
      WHERE document_text MATCH '"' || replace(term.value ->> 'text', '"', '""') || '"'
    ), best AS MATERIALIZED (
      -- Sums of the same weights in another order differ in their last bits.
      SELECT id, round(sum(weight), 6) AS weight, sum(rank) AS rank
      FROM hit GROUP BY id ORDER BY 2 DESC, 3, 1 DESC LIMIT ${limit}
    )
    SELECT ${columns.join(", ")}, best.weight, best.rank FROM best JOIN document ON document.id = best.id`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
