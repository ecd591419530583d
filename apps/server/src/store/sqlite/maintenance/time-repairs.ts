import type { Micros } from "../../../clock.js";
import type { LateTimes, Reader, TimeRepair, Transaction } from "../../port/store.js";
import type { Connection, SqlValue } from "../database/connection.js";
import type { Synchronous } from "../database/synchronous.js";

/** Every table that has times which a clock has given, and its columns of them. */
const timed: readonly { readonly table: LateTimes["table"]; readonly columns: readonly string[] }[] = [
  { table: "module", columns: ["created_at", "last_activity_at"] },
  { table: "ess", columns: ["created_at", "updated_at"] },
  { table: "sequence", columns: ["created_at", "updated_at"] },
  { table: "embedding", columns: ["created_at", "updated_at"] },
  { table: "document", columns: ["created_at", "updated_at"] },
  { table: "response", columns: ["created_at", "updated_at"] },
  { table: "change", columns: ["at"] },
  { table: "audit", columns: ["at"] },
  { table: "user", columns: ["created_at"] },
  { table: "session", columns: ["created_at", "last_used_at"] },
  { table: "api_key", columns: ["created_at", "last_used_at"] },
  { table: "idempotency", columns: ["created_at"] },
];

/** Reads all of the tables: for a command that runs seldom, so that no index pays for it. */
export function timeRepairReads(connection: Connection): Synchronous<Pick<Reader, "timesAfter">> {
  return {
    timesAfter: (after) =>
      timed.flatMap(({ table, columns }) => {
        const late = columns.map((column) => `${column} > ?1`).join(" OR ");
        const newest = columns.map((column) => `coalesce(max(${column}), 0)`);
        const [row] = connection
          .prepare(`SELECT count(*), ${newest.join(", ")} FROM ${table} WHERE ${late}`)
          .all([after]) as [number, ...number[]][];
        const [rows = 0, ...times] = row ?? [];
        return rows === 0 ? [] : [{ table, rows, newest: Math.max(...times) }];
      }),
  };
}

/** Called for each state that changes. */
type NoteUpdate = (moduleId: string, id: number) => void;

export function timeRepairWrites(
  connection: Connection,
  noteUpdate: NoteUpdate,
): Synchronous<Pick<Transaction, "repairTimes">> {
  return {
    repairTimes: (repair) => {
      const modules = connection.prepare(
        "SELECT module_id FROM module WHERE created_at > ?1 OR last_activity_at > ?1 ORDER BY module_id",
      );
      const repairModule = moduleRepair(connection, repair, noteUpdate);
      for (const [moduleId] of modules.all([repair.after])) repairModule(String(moduleId));
      for (const table of ["document", "response"] as const) repairCollection(connection, table, repair);
      repairAudit(connection, repair);
      repairAccounts(connection, repair);
    },
  };
}

/**
 * SQL for where a time goes: `?1` after which, `?2` by how much, `?3` up to when, `?4` not before. It leaves the order of
 * times as it is.
 */
function back(column: string, { jumpedAt = 0 }: TimeRepair): string {
  return `CASE WHEN ${column} > ?1 THEN max(?4, min(?3, max(${column}, ${Math.trunc(jumpedAt)}) - ?2)) ELSE ${column} END`;
}

function parametersOf({ after, by, now }: TimeRepair, floor: Micros): SqlValue[] {
  return [after, by, now, floor];
}

/** The kinds of rows that modules have, in the order in which they take their new revisions. */
const ofModules = ["ess", "sequence", "embedding"] as const;

/** Each row whose times change takes a revision, as after any other change, so that whoever has read it reads it again. */
function moduleRepair(connection: Connection, repair: TimeRepair, noteUpdate: NoteUpdate): (moduleId: string) => void {
  const { after, now } = repair;
  const counters = connection.prepare(
    `SELECT revision, ess_revision,
       max(
         iif(created_at <= ?2, created_at, 0),
         coalesce((
           SELECT max(at) FROM change WHERE module_id = ?1 AND at <= ?2 AND revision < (
             SELECT min(revision) FROM change WHERE module_id = ?1 AND at > ?2
           )
         ), 0)
       )
     FROM module WHERE module_id = ?1`,
  );
  const history = connection.prepare(`UPDATE change SET at = ${back("at", repair)} WHERE module_id = ?5 AND at > ?1`);
  const kinds = ofModules.map((table) => kindRepair(connection, repair, table));
  const log = connection.prepare(
    "INSERT INTO change (module_id, revision, kind, row_id, at) VALUES (?, ?, 'module_configured', 0, ?)",
  );
  const finish = connection.prepare(
    `UPDATE module SET created_at = ${back("created_at", repair)}, last_activity_at = ?3, revision = ?6, ess_revision = ?7
     WHERE module_id = ?5`,
  );
  return (moduleId) => {
    const [before, essBefore, floor] = counters.get([moduleId, after]) as unknown as [number, number, Micros];
    const times = parametersOf(repair, floor);
    history.run([...times, moduleId]);
    let [revision, essRevision] = [before, essBefore];
    for (const [index, kind] of kinds.entries()) {
      const ids = kind(moduleId, times, revision);
      revision += ids.length;
      if (ofModules[index] !== "ess" || ids.length === 0) continue;
      essRevision = revision;
      for (const id of ids) noteUpdate(moduleId, id);
    }
    if (revision === before) {
      // The module alone has changed, and so has what a list shows of it.
      revision += 1;
      log.run([moduleId, revision, now]);
    }
    finish.run([...times, moduleId, revision, essRevision]);
  };
}

/** Repairs the rows of one kind that a module has: their ids, which have taken the revisions after `revision`. */
function kindRepair(connection: Connection, repair: TimeRepair, table: (typeof ofModules)[number]) {
  const late = `SELECT id FROM ${table} WHERE module_id = ?5 AND (created_at > ?1 OR updated_at > ?1)`;
  const numbered = `SELECT id, ?6 + row_number() OVER (ORDER BY id) AS revision FROM (${late})`;
  const ids = connection.prepare(`${late.replaceAll("?5", "?2")} ORDER BY id`);
  const log = connection.prepare(
    `INSERT INTO change (module_id, revision, kind, row_id, at)
     SELECT ?5, revision, '${table}_updated', id, ?3 FROM (${numbered})`,
  );
  const update = connection.prepare(
    `UPDATE ${table} SET created_at = ${back("created_at", repair)}, updated_at = ?3, revision = late.revision
     FROM (${numbered}) AS late WHERE ${table}.module_id = ?5 AND ${table}.id = late.id`,
  );
  return (moduleId: string, times: readonly SqlValue[], revision: number): number[] => {
    const found = ids.all([times[0] ?? null, moduleId]).map(([id]) => id as number);
    if (found.length === 0) return found;
    log.run([...times, moduleId, revision]);
    update.run([...times, moduleId, revision]);
    return found;
  };
}

function repairCollection(connection: Connection, table: "document" | "response", repair: TimeRepair): void {
  const { after, now } = repair;
  const late = `SELECT id FROM ${table} WHERE created_at > ?1 OR updated_at > ?1`;
  const before = `id < (SELECT min(id) FROM (${late})) AND created_at <= ?1`;
  const floor = connection.prepare(`SELECT coalesce(max(created_at), 0) FROM ${table} WHERE ${before}`).get([after]);
  const revision = `(SELECT revision FROM collection WHERE name = '${table}')`;
  const changed = connection
    .prepare(
      `UPDATE ${table} SET created_at = ${back("created_at", repair)}, updated_at = ?3, revision = late.revision
       FROM (SELECT id, ${revision} + row_number() OVER (ORDER BY id) AS revision FROM (${late})) AS late
       WHERE ${table}.id = late.id`,
    )
    .run(parametersOf(repair, floor?.[0] as Micros));
  connection
    .prepare(
      `UPDATE collection SET revision = revision + ?2, last_activity_at = iif(last_activity_at > ?3, ?4, last_activity_at)
       WHERE name = ?1`,
    )
    .run([table, changed, after, now]);
}

/** What is late keeps its order among the entries before it; those behind it may be of a clock that was right again. */
function repairAudit(connection: Connection, repair: TimeRepair): void {
  const { after, now } = repair;
  const before = "id < (SELECT min(id) FROM audit WHERE at > ?1) AND at <= ?1";
  const floor = connection.prepare(`SELECT coalesce(max(at), 0) FROM audit WHERE ${before}`).get([after]);
  connection
    .prepare(`UPDATE audit SET at = ${back("at", repair)} WHERE at > ?1`)
    .run(parametersOf(repair, floor?.[0] as Micros));
  connection
    .prepare("UPDATE collection SET last_activity_at = ?1 WHERE name = 'audit' AND last_activity_at > ?2")
    .run([now, after]);
}

function repairAccounts(connection: Connection, repair: TimeRepair): void {
  const times = parametersOf(repair, 0);
  const set = (table: string, ...columns: readonly string[]) => {
    const values = columns.map((column) => `${column} = ${back(column, repair)}`).join(", ");
    const late = columns.map((column) => `${column} > ?1`).join(" OR ");
    connection.prepare(`UPDATE ${table} SET ${values} WHERE ${late}`).run(times);
  };
  // A key that was made for so many days lasts as many.
  connection
    .prepare(
      `UPDATE api_key SET expires_at = expires_at - created_at + ${back("created_at", repair)} WHERE created_at > ?1`,
    )
    .run(times);
  set("api_key", "created_at", "last_used_at");
  set("user", "created_at");
  set("session", "created_at", "last_used_at");
  set("idempotency", "created_at");
}
