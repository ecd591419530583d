import type { Reader, Transaction } from "../../port/store.js";
import type { Log } from "./change-statements.js";
import type { Connection } from "../database/connection.js";
import { decodeFloats, encodeFloats } from "../../codecs/float32-codec.js";
import { moduleColumns, toModuleRow } from "./module-statements.js";
import type { Synchronous } from "../database/synchronous.js";
import { laterThanLast } from "./later-than-last.js";

export function moduleConfigurationReads(connection: Connection): Synchronous<Pick<Reader, "emotifiedInstances">> {
  const instances = connection.prepare(
    "SELECT id, valence, state FROM emotified_instance WHERE module_id = ? ORDER BY id",
  );
  return {
    emotifiedInstances: (moduleId) =>
      instances.all([moduleId]).map((row) => {
        const [id, valence, state] = row as [number, number, Uint8Array];
        return { id, state: decodeFloats(state), valence };
      }),
  };
}

export function moduleConfigurationWrites(
  connection: Connection,
  log: Log,
): Synchronous<Pick<Transaction, "configureModule">> {
  const update = connection.prepare(
    `UPDATE module SET revision = revision + 1, last_activity_at = ${laterThanLast("?2")}, shape = ?3, display_name = ?4
     WHERE module_id = ?1 AND shape IN (0, ?3) RETURNING ${moduleColumns}`,
  );
  const forget = connection.prepare("DELETE FROM emotified_instance WHERE module_id = ?");
  const insert = connection.prepare(
    "INSERT INTO emotified_instance (module_id, id, valence, state) VALUES (?, ?, ?, ?)",
  );
  return {
    configureModule: (moduleId, { shape, display_name, emotified_instances }, at) => {
      const updated = update.get([moduleId, at, shape, display_name]);
      if (updated === undefined) throw new Error(`module "${moduleId}" does not exist or has another shape`);
      const row = toModuleRow(updated);
      forget.run([moduleId]);
      for (const { id, valence, state } of emotified_instances) {
        insert.run([moduleId, id, valence, encodeFloats(state)]);
      }
      log(moduleId, row.revision, "module_configured", 0, row.last_activity_at);
      return row;
    },
  };
}
