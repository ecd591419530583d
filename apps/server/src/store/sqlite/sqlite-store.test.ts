import { statSync } from "node:fs";
import { copyFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { addModule, essContent, sequenceContent } from "../conformance/contents.fixture.js";
import { describeStore } from "../conformance/describe-store.fixture.js";
import type { CommitReport } from "../group-commit.js";
import { StoreBusyError, StoreFullError } from "../port/store.js";
import { Connection } from "./database/connection.js";
import { openSqliteStore } from "./sqlite-store.js";
import { useFolder } from "./use-folder.fixture.js";

describeStore("sqlite", (folder) => openSqliteStore({ folder }));

const folder = useFolder();
const all = { order: "asc", limit: 1000 } as const;

afterEach(() => {
  vi.restoreAllMocks();
});

/** The database of a connection; undefined where it is closed. */
function fileOf(connection: Connection): unknown {
  try {
    return connection.value("SELECT file FROM pragma_database_list");
  } catch {
    return undefined;
  }
}

describe("connections", () => {
  it("the one that writes flushes its log at each commit and checks references", async () => {
    const offThread = vi.spyOn(Connection.prototype, "execOffThread");
    const store = await folder.open();
    await store.transact((tx) => tx.insertModule("m", 1, 1));
    // A store of another test may still be running.
    const [writer, ...others] = offThread.mock.calls
      .flatMap(([sql], at) => (sql === "COMMIT" ? [offThread.mock.contexts[at] as Connection] : []))
      .filter((connection) => fileOf(connection) === folder.database);
    expect(others).toEqual([]);
    expect(writer?.value("PRAGMA journal_mode")).toBe("wal");
    expect(writer?.value("PRAGMA synchronous")).toBe(2);
    expect(writer?.value("PRAGMA fullfsync")).toBe(1);
    expect(writer?.value("PRAGMA foreign_keys")).toBe(1);
    expect(writer?.value("PRAGMA wal_autocheckpoint")).toBe(0);
  });

  it("a commit that nobody shares is as durable on this thread as on the other one", async () => {
    const offThread = vi.spyOn(Connection.prototype, "execOffThread");
    const here = vi.spyOn(Connection.prototype, "exec");
    // Every commit seems quick.
    vi.spyOn(performance, "now").mockReturnValue(0);
    const store = await folder.open();
    await store.transact((tx) => addModule(tx, "m"));
    for (let id = 1; id <= 200; id++) await store.transact((tx) => tx.insertSequence("m", sequenceContent(), id));
    expect(here.mock.calls.filter(([sql]) => sql === "COMMIT").length).toBeGreaterThan(190);
    expect(offThread).toHaveBeenCalledWith("PRAGMA wal_checkpoint(PASSIVE)");
    // What a crash leaves: the files as they are, opened by another process.
    const copy = await mkdtemp(join(tmpdir(), "eca-"));
    onTestFinished(() => rm(copy, { recursive: true }));
    for (const file of ["eca.db", "eca.db-wal"]) await copyFile(join(folder.path, file), join(copy, file));
    const survivor = await openSqliteStore({ folder: copy });
    expect(await survivor.latestSequence("m")).toMatchObject({ id: 200 });
    await survivor.close();
  });

  it("every query walks an index and sorts nothing", async () => {
    const prepare = vi.spyOn(Connection.prototype, "prepare");
    const store = await folder.open();
    await store.changes("m", { after: 0, limit: 1, kinds: ["ess_created"] });
    const queries = new Set(
      prepare.mock.calls
        .map(([sql]) => sql)
        // What a search has found, a table in memory, is short.
        .filter((sql) => /^(SELECT|UPDATE|DELETE)(?!.* FROM found)/.test(sql)),
    );
    expect(queries.size).toBeGreaterThan(25);
    const connection = new Connection(folder.database);
    const slow = [...queries].flatMap((sql) =>
      connection
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all([])
        .map((row) => `${String(row[3])}: ${sql}`)
        // How the plan shows a virtual table's own index: a look-up by its row's id.
        // The sum over a page walks over the rows of that page, which a step of its own finds.
        .filter((step) => /^SCAN(?! \(subquery-\d+\):|.* VIRTUAL TABLE INDEX 0:=:)|TEMP B-TREE/.test(step)),
    );
    connection.close();
    // The first page of a whole list is read in key order; the purge and the count meet every session, and
    // the purge every key, the start every module. There are as many counts of audit entries as kinds of them.
    const meant =
      /^SCAN (?!.* WHERE ).* ORDER BY .* LIMIT \?\)?$|^SCAN session: (DELETE|SELECT count\(\*\)) FROM session WHERE created_at|: SELECT max\(last_activity_at\) FROM|^SCAN audit_count:|^SCAN (session|api_key): UPDATE \w+ SET (created|last_used)_at = (min|\?1)/s;
    expect(slow.filter((step) => !meant.test(step))).toEqual([]);
  });

  it("readers see each commit, and their queries never keep the log from starting over", async () => {
    const store = await folder.open();
    const state = new Float32Array(100_000);
    await store.transact((tx) => tx.insertModule("m", state.length, 1));
    const logSizes: number[] = [];
    for (let id = 1; id <= 75; id += 1) {
      await store.transact((tx) => tx.insertEss("m", essContent({ state, embedding_input: 1, score: id }), id));
      await store.transact((tx) => tx.insertSequence("m", sequenceContent({ instance_id: id }), id));
      expect(await store.ess("m", id)).toMatchObject({ score: id });
      expect(await store.latestSequence("m")).toMatchObject({ id });
      expect(await store.essByEmbedding("m", 1)).toMatchObject({ id: 1 });
      expect(await store.sequencePage("m", { order: "desc", limit: 1 })).toMatchObject([{ id }]);
      logSizes.push(statSync(`${folder.database}-wal`).size);
    }
    // 30 MB went through a log that starts over every 16 MB.
    expect(Math.max(...logSizes)).toBeLessThan(18_000_000);
    expect(statSync(folder.database).size).toBeGreaterThan(12_000_000);
  });

  it("a foreign program that writes is waited for, without holding up this one", async () => {
    const store = await folder.open();
    const foreign = new Connection(folder.database);
    foreign.exec("BEGIN IMMEDIATE");
    const exec = vi.spyOn(Connection.prototype, "exec");
    const waiting = store.transact((tx) => tx.insertModule("m", 1, 1));
    const attempts = () => exec.mock.calls.filter(([sql]) => sql === "BEGIN IMMEDIATE").length;
    await vi.waitFor(() => expect(attempts()).toBeGreaterThan(2));
    expect(await store.modules({ order: "asc", limit: 1 })).toEqual([]);
    foreign.exec("COMMIT");
    expect(await waiting).toMatchObject({ module_id: "m" });
    foreign.close();
  });
});

describe("group commit", () => {
  it("writes that wait together share few commits, one alone has its own", async () => {
    const reports: CommitReport[] = [];
    const store = await folder.open({ onCommit: (report) => void reports.push(report) });
    await store.transact((tx) => addModule(tx, "m"));
    const insert = () => store.transact((tx) => tx.insertSequence("m", sequenceContent(), 1));
    await Promise.all(Array.from({ length: 64 }, insert));
    await insert();
    await store.close();
    const sizes = reports.map(({ size }) => size);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(66);
    expect([sizes[0], sizes.at(-1)]).toEqual([1, 1]);
    // One for all 64, unless the machine is so busy that their time runs out.
    expect(sizes.length).toBeLessThan(32);
    expect(reports.every(({ durationMs }) => durationMs > 0)).toBe(true);
  });
});

it("a long context is stored beside the entries, so that no walk over them reads it", async () => {
  const store = await folder.open();
  await store.transact((tx) => addModule(tx, "m"));
  const long = "x".repeat(1025);
  for (const context of [long, "short"]) {
    await store.transact((tx) => tx.insertSequence("m", sequenceContent({ context }), 1));
  }
  expect((await store.sequencePage("m", all)).map(({ context }) => context)).toEqual([long, "short"]);
  const connection = new Connection(folder.database);
  try {
    const rows = connection.prepare("SELECT context, long_context_bytes FROM sequence ORDER BY id").all([]);
    expect(rows).toEqual([
      [null, 1025],
      ["short", 0],
    ]);
  } finally {
    connection.close();
  }
});

describe("a full disk", () => {
  const context = "x".repeat(50_000);

  it("fails the write with its group, and later ones alone; goes on reading, recovers once there is space", async () => {
    const store = await folder.open({ maxBytes: 1_000_000 });
    await store.transact((tx) => addModule(tx, "m"));
    const insert = (text: string) =>
      store.transact((tx) => tx.insertSequence("m", sequenceContent({ context: text }), 1));
    let acknowledged = 0;
    const group = async () => {
      const settled = await Promise.allSettled([insert("small"), insert(context.repeat(30)), insert("small")]);
      acknowledged += settled.filter(({ status }) => status === "fulfilled").length;
      return settled.map((each) => (each.status === "fulfilled" ? "written" : (each.reason as Error).name));
    };
    // SQLite gives up the whole transaction, and what came before in the group is lost with it.
    expect(await group()).toContain("StoreFullError");
    // From then on each has a transaction of its own, so that writes that free space do not fail with those that need it.
    expect(await group()).toEqual(["written", "StoreFullError", "written"]);

    const fill = async () => {
      for (;;) {
        await insert(context);
        acknowledged += 1;
      }
    };
    await expect(fill()).rejects.toThrow(StoreFullError);
    expect(acknowledged).toBeGreaterThan(10);
    expect(await store.sequencePage("m", all)).toHaveLength(acknowledged);
    expect(await store.module("m")).toMatchObject({ sequence_count: acknowledged, revision: acknowledged + 1 });

    await store.transact(async (tx) => {
      for (const id of [5, 6, 7, 8]) await tx.deleteSequence("m", id, 2);
    });
    expect(await insert(context)).toMatchObject({ id: acknowledged + 1 });
  });

  it("a unit of work that hides that the disk is full rejects, and writes nothing outside its transaction", async () => {
    const store = await folder.open({ maxBytes: 1_000_000 });
    await store.transact((tx) => addModule(tx, "m"));
    const stubborn = store.transact(async (tx) => {
      const large = sequenceContent({ context: context.repeat(30) });
      await tx.insertSequence("m", large, 1).catch(() => undefined);
      await tx.insertSequence("m", sequenceContent(), 1).catch(() => undefined);
    });
    await expect(stubborn).rejects.toThrow(StoreFullError);
    expect(await store.sequencePage("m", all)).toEqual([]);
    expect(await store.module("m")).toMatchObject({ revision: 1 });
  });
});

describe("the data folder", () => {
  it.skipIf(process.platform === "win32")("is its owner's alone", async () => {
    const path = join(folder.path, "deeper", "still");
    const store = await folder.open({ folder: path });
    await store.transact((tx) => tx.insertModule("m", 1, 1));
    const modeOf = async (name: string) => ((await stat(join(path, name))).mode & 0o777).toString(8);
    expect(await modeOf("")).toBe("700");
    expect(await modeOf("..")).toBe("700");
    expect([await modeOf("eca.db"), await modeOf("eca.db-wal")]).toEqual(["600", "600"]);
  });

  it("holds everything in one file once the store is closed", async () => {
    const copy = await mkdtemp(join(tmpdir(), "eca-sqlite-"));
    onTestFinished(() => rm(copy, { recursive: true, force: true }));
    const store = await folder.open();
    await store.transact((tx) => addModule(tx, "m"));
    await store.close();
    await copyFile(folder.database, join(copy, "eca.db"));
    const copied = await folder.open({ folder: copy });
    expect(await copied.ess("m", 1)).toMatchObject(essContent());
  });
});

describe("another program that writes to the database", () => {
  it("lets writes wait, and fails them where it does not end; reads go on", async () => {
    const store = await folder.open({ writePatience: 50 });
    await store.transact((tx) => addModule(tx, "m"));
    const insert = () => store.transact((tx) => tx.insertSequence("m", sequenceContent(), 1));
    const foreign = new Connection(folder.database);
    foreign.exec("BEGIN IMMEDIATE");
    const outcomes = await Promise.allSettled([insert(), insert()]);
    expect(outcomes.map((each) => each.status === "rejected" && (each.reason as unknown))).toEqual([
      expect.any(StoreBusyError),
      expect.any(StoreBusyError),
    ]);
    expect(await store.module("m")).toMatchObject({ revision: 1 });
    const waiting = insert();
    foreign.exec("ROLLBACK");
    foreign.close();
    expect(await waiting).toMatchObject({ id: 1 });
  });
});
