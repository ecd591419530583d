import type { Revocations } from "../../revocations.js";
import type { KeyRow } from "../../port/rows.js";
import type { Reader, Transaction } from "../../port/store.js";
import { toUserRow, userColumns, userWidth } from "./account-columns.js";
import type { Connection, SqlRow, SqlValue } from "../database/connection.js";
import { longText, toTextOrNull } from "./long-text.js";
import { bytesOfColumns, mapRows } from "./page-query.js";
import { TextPageQuery } from "./text-page-query.js";
import type { Synchronous } from "../database/synchronous.js";

const keyColumns = `key_id, token_hash, api_key.user_id, name, hint, api_key.role, ${longText("modules")},
  api_key.created_at, expires_at, last_used_at`;

export function keyReads(connection: Connection): Synchronous<Pick<Reader, "key" | "keyByToken" | "keys">> {
  const byId = connection.prepare(`SELECT ${keyColumns} FROM api_key WHERE key_id = ?`);
  const byToken = connection.prepare(
    `SELECT ${userColumns}, ${keyColumns}
     FROM api_key JOIN user ON user.user_id = api_key.user_id WHERE token_hash = ?`,
  );
  const page = new TextPageQuery(connection, {
    columns: keyColumns,
    from: "api_key",
    bytes: bytesOfColumns("modules"),
    key: "key_id",
  });
  return {
    key: (keyId) => {
      const row = byId.get([keyId]);
      return row && toKeyRow(row);
    },
    keyByToken: (tokenHash) => {
      const row = byToken.get([tokenHash]);
      return row && { user: toUserRow(row), key: toKeyRow(row.slice(userWidth)) };
    },
    keys: (by) => mapRows(page.rows(by), toKeyRow),
  };
}

type KeyWrites = Synchronous<Pick<Transaction, "insertKey" | "replaceToken" | "touchKey" | "deleteKey">>;

export function keyWrites(connection: Connection, revocations: Pick<Revocations, "note">): KeyWrites {
  const insert = connection.prepare(
    `INSERT INTO api_key (key_id, token_hash, user_id, name, hint, role, modules, created_at, expires_at, last_used_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const replaceToken = connection.prepare("UPDATE api_key SET token_hash = ?2, hint = ?3 WHERE key_id = ?1");
  const touch = connection.prepare("UPDATE api_key SET last_used_at = ?2 WHERE key_id = ?1");
  const remove = connection.prepare("DELETE FROM api_key WHERE key_id = ?");
  return {
    insertKey: (row) =>
      void insert.run([
        row.key_id,
        row.token_hash,
        row.user_id,
        row.name,
        row.hint,
        row.role,
        row.modules && JSON.stringify(row.modules),
        row.created_at,
        row.expires_at,
        row.last_used_at,
      ]),
    replaceToken: (keyId, tokenHash, hint) => {
      revocations.note();
      replaceToken.run([keyId, tokenHash, hint]);
    },
    touchKey: (keyId, at) => void touch.run([keyId, at]),
    deleteKey: (keyId) => {
      revocations.note();
      remove.run([keyId]);
    },
  };
}

function toKeyRow(row: SqlRow): KeyRow {
  const [key_id, hash, user_id, name, hint, role, modules, created_at, expires_at, last_used_at] = row as [
    string,
    Uint8Array,
    string,
    string,
    string,
    KeyRow["role"],
    SqlValue,
    number,
    number | null,
    number | null,
  ];
  const names = toTextOrNull(modules);
  return {
    key_id,
    token_hash: Uint8Array.from(hash),
    user_id,
    name,
    hint,
    role,
    modules: names === null ? null : (JSON.parse(names) as string[]),
    created_at,
    expires_at,
    last_used_at,
  };
}
