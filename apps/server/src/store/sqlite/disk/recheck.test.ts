import { closeSync, openSync, writeSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { essContent } from "../../conformance/contents.fixture.js";
import { Connection, releaseFiles } from "../database/connection.js";
import { useFolder } from "../use-folder.fixture.js";
import { holdOpen } from "./held-files.js";
import { type Inspection, inspect } from "./inspect-folder.js";
import { closeSettled } from "./settle.js";

const folder = useFolder();

it("a page that is damaged while the store is open is reported by the next check", async () => {
  const first = await folder.open();
  await first.transact((tx) => tx.insertModule("m", 1, 1));
  await first.close();
  const connection = new Connection(folder.database);
  const page = Number(connection.value("SELECT rootpage FROM sqlite_schema WHERE name = 'idempotency'"));
  await closeSettled(connection, folder.database, true);
  await releaseFiles();
  const notices: string[] = [];
  const store = await folder.open({ checkInterval: 20, onNotice: ({ text }) => notices.push(text) });
  expect(store.damage()).toEqual({ pages: 0, tables: [] });
  const file = openSync(folder.database, "r+");
  writeSync(file, Buffer.alloc(64, 0x2a), 0, 64, (page - 1) * 4096 + 200);
  closeSync(file);
  await vi.waitFor(() => expect(store.damage()).toEqual({ pages: 1, tables: [] }), { timeout: 20_000 });
  expect(notices).toContainEqual(expect.stringContaining("the data was damaged since the server started"));
});

it("checks of a store that writes and moves its log all the time find nothing", { timeout: 60_000 }, async () => {
  const store = await folder.open();
  await store.transact((tx) => tx.insertModule("m", 3000, 1));
  let isOver = false;
  const looks: Inspection[] = [];
  const look = async (): Promise<void> => {
    while (!isOver) {
      const file = holdOpen(folder.database);
      if (file !== undefined) looks.push(await inspect(folder.database, file));
    }
  };
  const looking = look();
  for (let number = 1; number <= 700; number++) {
    await store.transact((tx) => tx.insertEss("m", essContent({ state: new Float32Array(3000).fill(number) }), number));
  }
  isOver = true;
  await looking;
  const suspicious = looks.filter(
    ({ damaged, log }) => damaged.length > 0 || log.isCut || log.restored.size > 0 || log.broken.size > 0,
  );
  expect(suspicious).toEqual([]);
  expect(looks.length).toBeGreaterThan(5);
});
