import * as fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { anyWrite, performWrite } from "../../conformance/any-write.fixture.js";
import { addModule } from "../../conformance/contents.fixture.js";
import type { Store, Transaction } from "../../port/store.js";
import { Connection } from "./connection.js";
import { openSqliteStore } from "../sqlite-store.js";
import { useFolder } from "../use-folder.fixture.js";
import { verifyDatabase } from "../maintenance/verify.js";
import { Savepoints } from "./savepoints.js";

type Run = (tx: Transaction) => Promise<unknown>;

/** What `use` notes of a store of its own, and what is left in the database, with the tables that digests leave out. */
async function outcomesAndContents(use: (store: Store, outcomes: unknown[]) => Promise<void>): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "eca-savepoints-"));
  try {
    const store = await openSqliteStore({ folder });
    await store.transact((tx) => addModule(tx, "m0"));
    const outcomes: unknown[] = [];
    await use(store, outcomes);
    await store.close();
    const { issues, digest } = verifyDatabase(folder);
    const connection = new Connection(join(folder, "eca.db"));
    const all = (sql: string) => connection.prepare(sql).all([]);
    const passing = ["session", "idempotency"].map((table) => all(`SELECT * FROM ${table} ORDER BY 1, 2, 3`));
    const indexed = all("SELECT rowid, text FROM document_text WHERE document_text MATCH 'warm' ORDER BY rowid");
    connection.close();
    return { outcomes, issues, digest, passing, indexed };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function outcomeOf(transacted: Promise<unknown>): Promise<unknown> {
  return transacted.then(
    (value) => ({ value }),
    (error: unknown) => ({ error: String(error) }),
  );
}

const changeOfMind = new Error("the unit of work changed its mind");
const unit = fc.record({
  writes: fc.array(anyWrite, { maxLength: 4 }),
  ending: fc.constantFrom("done", "done", "throws"),
});

it("units of work that share a commit leave the same rows as one by one, whatever they write and whichever fail", async () => {
  const bursts = fc.array(fc.array(unit, { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(bursts, async (plans) => {
      let at = 50;
      const units = plans.map((burst) =>
        burst.map(({ writes, ending }): Run => {
          const now = at++;
          return async (tx) => {
            const results = [];
            for (const write of writes) results.push(await performWrite(tx, { ...write, at: now }));
            if (ending === "throws") throw changeOfMind;
            return results;
          };
        }),
      );
      const together = await outcomesAndContents(async (store, outcomes) => {
        for (const burst of units) {
          outcomes.push(...(await Promise.all(burst.map((each) => outcomeOf(store.transact(each))))));
        }
      });
      const alone = await outcomesAndContents(async (store, outcomes) => {
        for (const each of units.flat()) outcomes.push(await outcomeOf(store.transact(each)));
      });
      expect(together).toEqual(alone);
      expect(together).toMatchObject({ issues: [] });
    }),
    { numRuns: 40, plugins: [fc.interruptAfterTimeLimit(15_000)] },
  );
});

describe("savepoints on a connection", () => {
  const folder = useFolder();

  function setUp() {
    const connection = new Connection(folder.database);
    connection.exec("CREATE TABLE number (value INTEGER PRIMARY KEY); BEGIN");
    const insert = connection.prepare("INSERT INTO number (value) VALUES (?)");
    const numbers = () =>
      connection
        .prepare("SELECT value FROM number ORDER BY value")
        .all([])
        .map(([value]) => value);
    return { connection, savepoints: new Savepoints(connection), add: (value: number) => insert.run([value]), numbers };
  }

  it("each is rolled back to by itself, however often, and what was written before stays", () => {
    const { connection, savepoints, add, numbers } = setUp();
    add(1);
    for (let unit = 1; unit <= 9; unit++) {
      savepoints.set();
      add(10 * unit);
      add(10 * unit + 1);
      if (unit % 3 === 0) savepoints.rollbackTo();
    }
    savepoints.set();
    savepoints.rollbackTo();
    const kept = [1, 10, 11, 20, 21, 40, 41, 50, 51, 70, 71, 80, 81];
    expect(numbers()).toEqual(kept);
    connection.exec("COMMIT");
    savepoints.clear();
    expect(numbers()).toEqual(kept);
    connection.close();
  });

  it("a rollback replays a write once: the next one begins after it", () => {
    const { connection, savepoints, add, numbers } = setUp();
    savepoints.set();
    for (let value = 0; value < 5; value++) add(value);
    savepoints.set();
    add(10);
    savepoints.rollbackTo();
    expect(connection.writes.length).toBe(0);
    savepoints.set();
    add(11);
    savepoints.rollbackTo();
    expect(numbers()).toEqual([0, 1, 2, 3, 4]);
    connection.close();
  });

  it("a rollback has a bounded number of writes to replay, however many there were", () => {
    const { connection, savepoints, add, numbers } = setUp();
    const all: number[] = [];
    for (let unit = 0; unit < 30; unit++) {
      savepoints.set();
      for (let index = 0; index < 100; index++) {
        all.push(100 * unit + index);
        add(100 * unit + index);
      }
      expect(connection.writes.length).toBeLessThanOrEqual(1100);
    }
    savepoints.set();
    add(-1);
    savepoints.rollbackTo();
    expect(numbers()).toEqual(all);
    connection.exec("COMMIT");
    savepoints.clear();
    expect(numbers()).toEqual(all);
    connection.close();
  });

  it("no writes are kept of a transaction that has ended, or without a savepoint", () => {
    const { connection, savepoints, add, numbers } = setUp();
    add(1);
    expect(connection.writes.length).toBe(0);
    savepoints.set();
    add(2);
    expect(connection.writes.length).toBe(1);
    connection.exec("ROLLBACK; BEGIN");
    savepoints.clear();
    expect(connection.writes.length).toBe(0);
    add(3);
    expect(connection.writes.length).toBe(0);
    savepoints.set();
    add(4);
    savepoints.rollbackTo();
    expect(numbers()).toEqual([3]);
    connection.close();
  });
});
