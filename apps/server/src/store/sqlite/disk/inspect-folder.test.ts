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
import { describe, expect, test } from "vitest";
import { documentContent, essContent } from "../../conformance/contents.fixture.js";
import type { Store } from "../../store.js";
import { Connection, releaseFiles } from "../connection.js";
import { useFolder } from "../use-folder.fixture.js";
import { inspectFolder } from "./inspect-folder.js";
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

describe("a look at a folder", () => {
  test("finds nothing where all is sound, whatever is in the log", async () => {
    const store = await folder.open();
    await fill(store);
    const inspection = await inspectFolder(killed());
    expect(inspection).toMatchObject({ hasSums: true, damaged: [], unsummed: [], setAside: [] });
    expect(inspection.log).toMatchObject({ isCut: false, restored: new Map(), broken: new Set() });
    expect(inspection.log.frames).toBeGreaterThan(0);
    await store.close();
    expect(await inspectFolder(killed())).toMatchObject({ hasSums: true, damaged: [], unsummed: [] });
  });

  test("names each page that is not as it was written, and one that is missing", async () => {
    const store = await folder.open();
    await fill(store);
    await store.close();
    const copy = killed();
    // Pages that are in the log as well are taken from there.
    rmSync(join(copy, "eca.db-wal"), { force: true });
    const pages = statSync(join(copy, "eca.db")).size / 4096;
    flipByte(join(copy, "eca.db"), 4 * 4096 + 17);
    truncateSync(join(copy, "eca.db"), (pages - 1) * 4096);
    expect(await inspectFolder(copy)).toMatchObject({ damaged: [5, pages] });
  });

  test("tells sums that are damaged from pages that are", async () => {
    const store = await folder.open();
    await fill(store);
    await store.close();
    const copy = killed();
    flipByte(join(copy, "eca.db-sums"), 4096 + 100);
    expect(await inspectFolder(copy)).toMatchObject({ hasSums: true, damaged: [], unsummed: [0] });
  });

  test.each([
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

  test("takes what stands behind the mark for a write that nobody was told of", async () => {
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

  test("needs no sums: without them the log alone is looked at", async () => {
    const store = await folder.open();
    await fill(store);
    const copy = killed();
    rmSync(join(copy, "eca.db-sums"));
    expect(await inspectFolder(copy)).toMatchObject({ hasSums: false, damaged: [], log: { isCut: false } });
  });
});

describe("a connection that is closed last", () => {
  test("leaves nothing that looks damaged, though SQLite moves the log as it closes", async () => {
    const store = await folder.open();
    await fill(store);
    const copy = killed();
    const database = join(copy, "eca.db");
    await closeSettled(new Connection(database), database);
    await releaseFiles();
    expect(statSync(`${database}-wal`, { throwIfNoEntry: false })).toBeUndefined();
    expect(await inspectFolder(copy)).toMatchObject({ damaged: [], unsummed: [], log: { isCut: false, frames: 0 } });
  });

  test("does the same after a write of its own and with a transaction that stands", async () => {
    await (await folder.open()).close();
    await releaseFiles();
    const connection = new Connection(folder.database);
    connection.exec("UPDATE collection SET index_rules = 0; BEGIN; SELECT * FROM module");
    await closeSettled(connection, folder.database);
    await releaseFiles();
    expect(await inspectFolder(folder.path)).toMatchObject({ damaged: [], log: { isCut: false } });
  });

  test("that is not closed so leaves a moved log, which the next start takes for right", async () => {
    const store = await folder.open();
    await fill(store);
    const copy = killed();
    const database = join(copy, "eca.db");
    const connection = new Connection(database);
    expect(connection.value("SELECT count(*) FROM module")).toBe(1);
    connection.close();
    await releaseFiles();
    expect(statSync(`${database}-wal`, { throwIfNoEntry: false })).toBeUndefined();
    const notices: string[] = [];
    await prepareDatabase(database, { onNotice: ({ text }) => notices.push(text) });
    expect(notices).toEqual([expect.stringContaining("another program has moved the write-ahead log into the data")]);
    expect(await inspectFolder(copy)).toMatchObject({ damaged: [], setAside: [], log: { isCut: false } });
  });
});
