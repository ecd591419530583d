import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { documentContent, essContent } from "../../conformance/contents.fixture.js";
import type { Store } from "../../port/store.js";
import { verifyChecksums } from "../backup/verify-checksums.js";
import { Connection, releaseFiles } from "../database/connection.js";
import { useFolder } from "../use-folder.fixture.js";
import { verifySettled } from "../maintenance/verify.js";
import { inspectFolder } from "./inspect-folder.js";
import { isLogKnown, leavePlaceholder } from "./placeholder.js";
import { prepareDatabase } from "./prepare-database.js";
import { closeSettled } from "./settle.js";

const folder = useFolder();

async function fill(store: Store): Promise<void> {
  await store.transact((tx) => tx.insertModule("m", 2000, 1));
  for (let number = 1; number <= 8; number++) {
    await store.transact(async (tx) => {
      await tx.insertEss("m", essContent({ state: new Float32Array(2000).fill(number) }), number);
      await tx.insertDocument(documentContent({ text: "a long text ".repeat(900), status: "embedded" }), number);
    });
  }
}

/** A copy of the folder as a kill at this moment would leave it. */
function killed(): string {
  const copy = join(folder.path, "copy");
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy);
  for (const name of readdirSync(folder.path).filter((name) => name.startsWith("eca."))) {
    copyFileSync(join(folder.path, name), join(copy, name));
  }
  return copy;
}

function flipByte(path: string, place: number): void {
  const file = openSync(path, "r+");
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, place);
  byte[0]! ^= 0xff;
  writeSync(file, byte, 0, 1, place);
  closeSync(file);
}

function flipBytes(path: string, ...places: number[]): void {
  for (const place of places) flipByte(path, place);
}

describe("the inspection of a folder", () => {
  it("finds nothing where all is sound, whatever is in the log", async () => {
    const store = await folder.open();
    await fill(store);
    const inspection = await inspectFolder(killed());
    expect(inspection).toMatchObject({ hasSums: true, damaged: [], unsummed: [], setAside: [] });
    expect(inspection.log).toMatchObject({ isCut: false, restored: new Map(), broken: new Set() });
    expect(inspection.log.frames).toBeGreaterThan(0);
    await store.close();
    expect(await inspectFolder(killed())).toMatchObject({ hasSums: true, damaged: [], unsummed: [] });
  });

  it("names each page that is not as it was written, and one that is missing", async () => {
    const store = await folder.open();
    await fill(store);
    await store.close();
    const copy = killed();
    // Pages that are in the log as well are taken from there.
    rmSync(join(copy, "eca.db-wal"), { force: true });
    leavePlaceholder(join(copy, "eca.db"));
    const pages = statSync(join(copy, "eca.db")).size / 4096;
    flipByte(join(copy, "eca.db"), 4 * 4096 + 17);
    truncateSync(join(copy, "eca.db"), (pages - 1) * 4096);
    expect(await inspectFolder(copy)).toMatchObject({ damaged: [5, pages] });
  });

  it("distinguishes damaged sums from damaged pages", async () => {
    const store = await folder.open();
    await fill(store);
    await store.close();
    const copy = killed();
    flipByte(join(copy, "eca.db-sums"), 4096 + 100);
    expect(await inspectFolder(copy)).toMatchObject({ hasSums: true, damaged: [], unsummed: [0] });
  });

  it.each([
    ["is missing", (log: string) => rmSync(log)],
    ["ends before the last acknowledged write", (log: string) => truncateSync(log, statSync(log).size - 4120)],
    ["has a damaged beginning", (log: string) => flipBytes(log, 16, 20, 24)],
  ])("says that acknowledged writes are lost where the log %s", async (_, damage) => {
    const store = await folder.open();
    await fill(store);
    const copy = killed();
    damage(join(copy, "eca.db-wal"));
    expect((await inspectFolder(copy)).log.isCut).toBe(true);
    await expect(prepareDatabase(join(copy, "eca.db"), { onNotice: () => {} })).rejects.toThrow(
      "writes that were acknowledged are missing",
    );
  });

  it("takes what comes after the mark for a write that was never acknowledged", async () => {
    const store = await folder.open();
    await fill(store);
    const before = killed();
    await store.transact((tx) => tx.insertModule("late", 1, 1));
    const sums = join(folder.path, "sums");
    copyFileSync(join(before, "eca.db-sums"), sums);
    const copy = killed();
    copyFileSync(sums, join(copy, "eca.db-sums"));
    const log = join(copy, "eca.db-wal");
    truncateSync(log, statSync(log).size - 4120);
    expect((await inspectFolder(copy)).log.isCut).toBe(false);
  });

  it("needs no sums: without them only the log is checked", async () => {
    const store = await folder.open();
    await fill(store);
    const copy = killed();
    rmSync(join(copy, "eca.db-sums"));
    expect(await inspectFolder(copy)).toMatchObject({ hasSums: false, damaged: [], log: { isCut: false } });
  });
});

describe("a connection that is closed last", () => {
  it("leaves nothing that looks damaged, though SQLite moves the log as it closes", async () => {
    const store = await folder.open();
    await fill(store);
    const copy = killed();
    const database = join(copy, "eca.db");
    await closeSettled(new Connection(database), database, isLogKnown(database));
    expect(statSync(`${database}-wal`).size).toBeLessThan(32);
    expect(await inspectFolder(copy)).toMatchObject({
      damaged: [],
      unsummed: [],
      foreign: [],
      log: { isCut: false, isKnown: true, frames: 0 },
    });
  });

  it("does the same after a write of its own and with an open transaction", async () => {
    await (await folder.open()).close();
    await releaseFiles();
    const connection = new Connection(folder.database);
    connection.exec("UPDATE collection SET index_rules = 0; BEGIN; SELECT * FROM module");
    await closeSettled(connection, folder.database, true);
    await releaseFiles();
    expect(await inspectFolder(folder.path)).toMatchObject({ damaged: [], log: { isCut: false } });
  });

  it("without closeSettled leaves a moved log, which the next start accepts as it is", async () => {
    const store = await folder.open();
    await fill(store);
    const copy = killed();
    const database = join(copy, "eca.db");
    const connection = new Connection(database);
    expect(connection.value("SELECT count(*) FROM module")).toBe(1);
    connection.close();
    await releaseFiles();
    expect(statSync(`${database}-wal`, { throwIfNoEntry: false })).toBeUndefined();
    expect((await inspectFolder(copy)).foreign.length).toBeGreaterThan(0);
    // A folder that the next start takes for right is no damaged one for a command either.
    expect((await verifyChecksums(copy, () => {})).gap).toContain("another program has had");
    const notices: string[] = [];
    await prepareDatabase(database, { onNotice: ({ text }) => notices.push(text) });
    expect(notices).toEqual([expect.stringContaining("another program has had the data open")]);
    const found = await inspectFolder(copy);
    expect(found).toMatchObject({ damaged: [], foreign: [], unsummed: [], setAside: [], log: { isCut: false } });
  });
});

describe("a folder that was closed in order", () => {
  /** What another program does to the folder: it knows nothing of checksums, and touches no page but that of a row. */
  function changeByHand(database: string): Connection {
    const connection = new Connection(database);
    connection.exec("PRAGMA wal_autocheckpoint = 1000; UPDATE module SET shape = 3");
    return connection;
  }

  /** Starts on a folder; returns what was noticed, and which shape the module has then. */
  async function start(copy: string): Promise<readonly [string[], unknown]> {
    const database = join(copy, "eca.db");
    const notices: string[] = [];
    await prepareDatabase(database, { onNotice: ({ text }) => notices.push(text) });
    expect(await inspectFolder(copy)).toMatchObject({ damaged: [], foreign: [], setAside: [] });
    const connection = new Connection(database);
    const shape = connection.value("SELECT shape FROM module");
    await closeSettled(connection, database, true);
    return [notices, shape];
  }

  async function closedFolder(): Promise<string> {
    const store = await folder.open();
    await fill(store);
    await store.close();
    await releaseFiles();
    return killed();
  }

  it("keeps every page that another program has written since, and says so", async () => {
    const copy = await closedFolder();
    changeByHand(join(copy, "eca.db")).close();
    await releaseFiles();
    const found = await inspectFolder(copy);
    expect(found.damaged).toEqual([]);
    expect(found.foreign).toHaveLength(1);
    expect(await start(copy)).toEqual([[expect.stringContaining("another program has had the data open")], 3]);
    expect((await start(copy))[0]).toEqual([]);
  });

  it("keeps the pages of another program after a command that only reads has had it open, too", async () => {
    const copy = await closedFolder();
    const database = join(copy, "eca.db");
    changeByHand(database).close();
    await releaseFiles();
    await verifySettled(database, () => {});
    expect((await inspectFolder(copy)).damaged).toEqual([]);
    expect((await start(copy))[1]).toBe(3);
  });

  it("keeps the pages of another program that was killed after it had begun its log anew", async () => {
    const copy = await closedFolder();
    const connection = changeByHand(join(copy, "eca.db"));
    connection.exec("PRAGMA wal_checkpoint(RESTART); UPDATE collection SET index_rules = 0");
    // As a kill at this moment would leave it.
    const left = join(folder.path, "left");
    mkdirSync(left);
    for (const name of ["eca.db", "eca.db-wal", "eca.db-sums"]) copyFileSync(join(copy, name), join(left, name));
    connection.close();
    await verifySettled(join(left, "eca.db"), () => {});
    expect((await inspectFolder(left)).damaged).toEqual([]);
    expect((await start(left))[1]).toBe(3);
  });

  it("still shows a damaged page, also after a command was the last to close it", async () => {
    const copy = await closedFolder();
    const database = join(copy, "eca.db");
    await closeSettled(new Connection(database), database, isLogKnown(database));
    flipByte(database, 4 * 4096 + 17);
    expect(await inspectFolder(copy)).toMatchObject({ damaged: [5], foreign: [] });
  });
});
