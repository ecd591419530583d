import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import { addModule } from "../../conformance/contents.fixture.js";
import { StoreUnusableError } from "../../port/store.js";
import { lockFolder, lockToLook } from "./folder-lock.js";
import { useFolder } from "../use-folder.fixture.js";

const folder = useFolder();

/** The text of the error of opening. */
async function openError(options?: Parameters<typeof folder.open>[0]): Promise<string> {
  const error: unknown = await folder.open(options).then(
    () => new Error("opened"),
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(StoreUnusableError);
  return (error as Error).message;
}

it("opening a second store fails while the first is open, with what to do", async () => {
  const store = await folder.open();
  expect(await openError()).toBe(
    `the data folder ${folder.path} is in use by another server. Stop that server, or choose another data folder.`,
  );
  await store.transact((tx) => addModule(tx, "m"));
  expect(await openError()).toContain("in use");
  await store.close();
  expect(await (await folder.open()).module("m")).toBeDefined();
});

it("a store waits while a command checks the files, and so do other commands", async () => {
  await (await folder.open()).close();
  const unlock = await lockToLook(folder.path);
  expect(unlock).toBeDefined();
  expect(() => lockFolder(folder.path)).toThrow(StoreUnusableError);
  let isOpen = false;
  const opening = folder.open().then(() => (isOpen = true));
  let isLooking = false;
  const looking = lockToLook(folder.path).then((other) => {
    isLooking = true;
    other?.();
  });
  // Time for many attempts of both, none of which may succeed.
  for (let turn = 0; turn < 10; turn++) await setTimeout(20);
  expect([isOpen, isLooking]).toEqual([false, false]);
  unlock?.();
  await Promise.all([opening, looking]);
});

it("no command checks the files of a store that is open", async () => {
  await folder.open();
  expect(await lockToLook(folder.path)).toBeUndefined();
});

it("a folder under another name is the same folder", async () => {
  await folder.open();
  expect(await openError({ folder: join(folder.path, "..", folder.path.split("/").at(-1)!) })).toContain("in use");
});

it("one process may hold several folders", async () => {
  await folder.open();
  const other = await folder.open({ folder: join(folder.path, "other") });
  await other.transact((tx) => addModule(tx, "m"));
  expect(await other.module("m")).toBeDefined();
});

it("a damaged database is named, and the lock of its folder released", async () => {
  await writeFile(folder.database, "no database".repeat(1000));
  expect(await openError()).toBe(
    `${folder.database} is damaged or no database. Restore it from a backup, or choose another data folder.`,
  );
  expect(await openError()).toContain("damaged");
});

it("opening a folder that cannot be one fails with the reason", async () => {
  await writeFile(join(folder.path, "file"), "");
  expect(await openError({ folder: join(folder.path, "file") })).toContain("file cannot be used: EEXIST");
  expect(await openError({ folder: join(folder.path, "file", "below") })).toContain("below cannot be used: ENOTDIR");
  await mkdir(join(folder.path, "odd", "eca.db"), { recursive: true });
  expect(await openError({ folder: join(folder.path, "odd") })).toContain("odd cannot be used: ");
});
