import * as fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { anyWrite, performWrite } from "../../conformance/any-write.fixture.js";
import { addModule } from "../../conformance/contents.fixture.js";
import type { Store, Transaction } from "../../store.js";
import { Connection } from "./connection.js";
import { openSqliteStore } from "../sqlite-store.js";
import { useFolder } from "../use-folder.fixture.js";
import { verifyDatabase } from "../maintenance/verify.js";
import { WorkMarks } from "./work-marks.js";

type Run = (tx: Transaction) => Promise<unknown>;

/** What `use` notes of a store of its own, and what is left in the database, with the tables that digests leave out. */
async function outcomesAndContents(use: (store: Store, outcomes: unknown[]) => Promise<void>): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "eca-marks-"));
  try {
    const store = await openSqliteStore({ folder });
    await store.transact((tx) => addModule(tx, "m0"));
    const outcomes: unknown[] = [];
    await use(store, outcomes);
    await store.close();
    const { faults, digest } = verifyDatabase(folder);
    const connection = new Connection(join(folder, "eca.db"));
    const all = (sql: string) => connection.prepare(sql).all([]);
    const passing = ["session", "idempotency"].map((table) => all(`SELECT * FROM ${table} ORDER BY 1, 2, 3`));
    const indexed = all("SELECT rowid, text FROM document_text WHERE document_text MATCH 'warm' ORDER BY rowid");
    connection.close();
    return { outcomes, faults, digest, passing, indexed };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error: String(error) }),
  );
}

const changeOfMind = new Error("the work changed its mind");
const work = fc.record({
  writes: fc.array(anyWrite, { maxLength: 4 }),
  ending: fc.constantFrom("done", "done", "throws"),
});

test("works that share a commit leave what they leave one by one, whatever they write and whichever fail", async () => {
  const bursts = fc.array(fc.array(work, { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(bursts, async (plans) => {
      let at = 50;
      const works = plans.map((burst) =>
        burst.map(({ writes, ending }): Run => {
          const now = at++;
          return async (tx) => {
            const answers = [];
            for (const write of writes) answers.push(await performWrite(tx, { ...write, at: now }));
            if (ending === "throws") throw changeOfMind;
            return answers;
          };
        }),
      );
      const together = await outcomesAndContents(async (store, outcomes) => {
        for (const burst of works) {
          outcomes.push(...(await Promise.all(burst.map((each) => outcomeOf(store.transact(each))))));
        }
      });
      const alone = await outcomesAndContents(async (store, outcomes) => {
        for (const each of works.flat()) outcomes.push(await outcomeOf(store.transact(each)));
      });
      expect(together).toEqual(alone);
      expect(together).toMatchObject({ faults: [] });
    }),
    { numRuns: 40, plugins: [fc.interruptAfterTimeLimit(15_000)] },
  );
});

describe("on a connection", () => {
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
    return { connection, marks: new WorkMarks(connection), add: (value: number) => insert.run([value]), numbers };
  }

  test("each mark is gone back to by itself, however many are undone, and what was kept before stays", () => {
    const { connection, marks, add, numbers } = setUp();
    add(1);
    for (let work = 1; work <= 9; work++) {
      marks.set();
      add(10 * work);
      add(10 * work + 1);
      if (work % 3 === 0) marks.undo();
    }
    marks.set();
    marks.undo();
    const kept = [1, 10, 11, 20, 21, 40, 41, 50, 51, 70, 71, 80, 81];
    expect(numbers()).toEqual(kept);
    connection.exec("COMMIT");
    marks.clear();
    expect(numbers()).toEqual(kept);
    connection.close();
  });

  test("an undo redoes a write once: the next one begins after it", () => {
    const { connection, marks, add, numbers } = setUp();
    marks.set();
    for (let value = 0; value < 5; value++) add(value);
    marks.set();
    add(10);
    marks.undo();
    expect(connection.writes.length).toBe(0);
    marks.set();
    add(11);
    marks.undo();
    expect(numbers()).toEqual([0, 1, 2, 3, 4]);
    connection.close();
  });

  test("an undo finds a bounded number of writes to do again, however many there were", () => {
    const { connection, marks, add, numbers } = setUp();
    const all: number[] = [];
    for (let work = 0; work < 30; work++) {
      marks.set();
      for (let index = 0; index < 100; index++) {
        all.push(100 * work + index);
        add(100 * work + index);
      }
      expect(connection.writes.length).toBeLessThanOrEqual(1100);
    }
    marks.set();
    add(-1);
    marks.undo();
    expect(numbers()).toEqual(all);
    connection.exec("COMMIT");
    marks.clear();
    expect(numbers()).toEqual(all);
    connection.close();
  });

  test("nothing is kept of a transaction that has ended, and without a mark nothing at all", () => {
    const { connection, marks, add, numbers } = setUp();
    add(1);
    expect(connection.writes.length).toBe(0);
    marks.set();
    add(2);
    expect(connection.writes.length).toBe(1);
    connection.exec("ROLLBACK; BEGIN");
    marks.clear();
    expect(connection.writes.length).toBe(0);
    add(3);
    expect(connection.writes.length).toBe(0);
    marks.set();
    add(4);
    marks.undo();
    expect(numbers()).toEqual([3]);
    connection.close();
  });
});
