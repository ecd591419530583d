import { StoreUnusableError } from "../../port/store.js";
import type { Connection } from "./connection.js";
import { migrations } from "../migrations/migrations.js";

/** "ECA1" in ASCII, in the header of every database of ours. */
export const applicationId = 0x45_43_41_31;

/**
 * Brings a database to the newest schema, each step in a transaction of its own; a new database in a single one.
 *
 * @throws StoreUnusableError when the database belongs to another program or to a newer version.
 */
export function migrate(connection: Connection, path: string, steps: readonly string[] = migrations): void {
  const version = knownVersion(connection, path, steps);
  if (version === 0) {
    apply(connection, steps.join(";\n"), steps.length);
    return;
  }
  for (const [index, step] of steps.entries()) {
    if (index >= version) apply(connection, step, index + 1);
  }
}

/**
 * Demands the newest schema, changing nothing: the database may be in use by a server that needs the one
 * that is there.
 *
 * @throws StoreUnusableError when the database has another schema, or belongs to another program.
 */
export function requireNewest(connection: Connection, path: string): void {
  const version = knownVersion(connection, path, migrations);
  if (version === migrations.length) return;
  throw new StoreUnusableError(
    `${path} has schema version ${version}, this version works on ${migrations.length}: ` +
      "start this version of the server on it first.",
  );
}

/**
 * The version of a database's schema, which is one of those that the steps lead to.
 *
 * @throws StoreUnusableError when it is a newer one, or the database belongs to another program.
 */
export function knownVersion(connection: Connection, path: string, steps: readonly string[] = migrations): number {
  requireOurs(connection, path);
  const version = Number(connection.value("PRAGMA user_version"));
  if (version > steps.length) {
    throw new StoreUnusableError(
      `${path} has schema version ${version}, this server knows versions up to ${steps.length}: ` +
        "a newer server has written it. Start that version or a newer one.",
    );
  }
  return version;
}

/**
 * The version of a schema that must be there: a file that is empty is no backup, but what is left of one.
 *
 * @throws StoreUnusableError as `knownVersion`, and when the database is empty.
 */
export function presentVersion(connection: Connection, path: string): number {
  const version = knownVersion(connection, path);
  if (version > 0) return version;
  throw new StoreUnusableError(`${path} holds no data: it is empty`);
}

function requireOurs(connection: Connection, path: string): void {
  const id = connection.value("PRAGMA application_id");
  const isEmpty = connection.value("SELECT count(*) FROM sqlite_schema") === 0;
  if (id === applicationId || (id === 0 && isEmpty)) return;
  throw new StoreUnusableError(
    `${path} is the database of another program. Move it away, or choose another data folder.`,
  );
}

function apply(connection: Connection, step: string, version: number): void {
  connection.exec("BEGIN IMMEDIATE");
  try {
    connection.exec(`${step}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version}`);
    connection.exec("COMMIT");
  } catch (error) {
    if (connection.inTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}
