import type { Reader, Transaction } from "../../port/store.js";
import type { Connection } from "../database/connection.js";
import type { Synchronous } from "../database/synchronous.js";

export function secretReads(connection: Connection): Synchronous<Pick<Reader, "secret">> {
  const one = connection.prepare("SELECT value FROM secret WHERE name = ?");
  return {
    secret: (name) => {
      const row = one.get([name]);
      return row && Uint8Array.from(row[0] as Uint8Array);
    },
  };
}

export function secretWrites(connection: Connection): Synchronous<Pick<Transaction, "insertSecret">> {
  const insert = connection.prepare("INSERT INTO secret (name, value) VALUES (?, ?)");
  return { insertSecret: (name, value) => void insert.run([name, value]) };
}
