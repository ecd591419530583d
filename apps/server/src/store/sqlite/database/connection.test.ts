import { expect, it } from "vitest";
import { Connection } from "./connection.js";
import { useFolder } from "../use-folder.fixture.js";
import { sqliteCode } from "./storage-errors.js";

const folder = useFolder();

/** The code of the error that a call throws; undefined where it throws none. */
function codeOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return sqliteCode(error);
  }
}

it.each(["get", "all", "run"] as const)("a statement that fails in %s serves the next ones", (way) => {
  const connection = new Connection(folder.database);
  connection.exec("CREATE TABLE number (value INTEGER PRIMARY KEY)");
  const insert = connection.prepare(`INSERT INTO number (value) VALUES (?) ${way === "run" ? "" : "RETURNING value"}`);
  const add = (value: number) => codeOf(() => insert[way]([value]));
  const taken = "SQLITE_CONSTRAINT_PRIMARYKEY";
  expect([1, 1, 2, 2, 2, 3].map(add)).toEqual([undefined, taken, undefined, taken, taken, undefined]);
  expect(connection.prepare("SELECT value FROM number").all([])).toEqual([[1], [2], [3]]);
  connection.close();
});

it("a read that finds the database locked reads it once it is not", () => {
  const connection = new Connection(folder.database);
  connection.exec("CREATE TABLE number (value INTEGER); INSERT INTO number VALUES (7); PRAGMA busy_timeout = 0");
  const read = connection.prepare("SELECT value FROM number");
  const other = new Connection(folder.database);
  other.exec("BEGIN EXCLUSIVE");
  expect(codeOf(() => read.get([]))).toBe("SQLITE_BUSY");
  other.exec("ROLLBACK");
  expect(read.get([])).toEqual([7]);
  other.close();
  connection.close();
});
