import { join } from "node:path";
import { afterAll } from "vitest";
import { Connection } from "../../src/store/sqlite/database/connection.js";

/**
 * Looks into the database of a server from beside it: the function answers another text whenever anything
 * was written but sessions, kept replies and the audit log. Every write to a module or to a collection
 * takes its next revision; of users and keys there are few enough to be told whole.
 */
export function openFingerprint(folder: string): () => string {
  const connection = new Connection(join(folder, "eca.db"));
  afterAll(() => connection.close());
  const statements = [
    "SELECT module_id, revision, ess_count, sequence_count, embedding_count, shape FROM module ORDER BY module_id",
    "SELECT name, revision FROM collection WHERE name <> 'audit' ORDER BY name",
    "SELECT user_id, username, role, disabled, password_hash FROM user ORDER BY user_id",
    "SELECT key_id, name, role, modules, hint, expires_at FROM api_key ORDER BY key_id",
  ].map((sql) => connection.prepare(sql));
  return () => JSON.stringify(statements.map((statement) => statement.all([])));
}
