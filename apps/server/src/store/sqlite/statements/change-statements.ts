import type { Micros } from "../../../clock.js";
import { type ChangeKind, changeKinds } from "../../port/rows.js";
import type { Reader } from "../../port/store.js";
import type { Connection, Statement } from "../database/connection.js";
import type { Synchronous } from "../database/synchronous.js";

export function changeReads(connection: Connection): Synchronous<Pick<Reader, "changes">> {
  const byKinds = new Map<string, Statement>();
  const query = (kinds: readonly ChangeKind[]): Statement => {
    // Kinds come from a closed set, so that there are few statements and nothing to escape.
    const list = changeKinds.filter((kind) => kinds.includes(kind)).map((kind) => `'${kind}'`);
    const key = list.join(", ");
    const known = byKinds.get(key);
    if (known !== undefined) return known;
    const condition = list.length === changeKinds.length ? "" : `AND kind IN (${key})`;
    const statement = connection.prepare(
      `SELECT revision, kind, row_id, at FROM change
       WHERE module_id = ? AND revision > ? ${condition} ORDER BY revision LIMIT ?`,
    );
    byKinds.set(key, statement);
    return statement;
  };
  return {
    changes: (moduleId, { after, limit, kinds = [] }) =>
      query(kinds.length === 0 ? changeKinds : kinds)
        .all([moduleId, after, limit])
        .map((row) => {
          const [revision, kind, row_id, at] = row as [number, ChangeKind, number, number];
          return { module_id: moduleId, revision, kind, row_id, at };
        }),
  };
}

/** Writes one entry of a module's change log. */
export type Log = (moduleId: string, revision: number, kind: ChangeKind, rowId: number, at: Micros) => void;

export function changeLog(connection: Connection): Log {
  const insert = connection.prepare(
    "INSERT INTO change (module_id, revision, kind, row_id, at) VALUES (?, ?, ?, ?, ?)",
  );
  return (moduleId, revision, kind, rowId, at) => void insert.run([moduleId, revision, kind, rowId, at]);
}
