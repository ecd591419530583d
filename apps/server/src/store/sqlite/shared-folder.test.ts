import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { addModule, essContent, user } from "../conformance/contents.fixture.js";
import { StoreUnusableError } from "../port/store.js";
import { Connection } from "./database/connection.js";
import { migrations } from "./migrations/migrations.js";
import { useFolder } from "./use-folder.fixture.js";

const folder = useFolder();
const shared = { shared: true } as const;

function setVersion(version: number): void {
  const connection = new Connection(folder.database);
  connection.exec(`PRAGMA user_version = ${version}`);
  connection.close();
}

async function openError(options?: Parameters<typeof folder.open>[0]): Promise<string> {
  const error: unknown = await folder.open({ ...shared, ...options }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(StoreUnusableError);
  return (error as Error).message;
}

it("a store that shares the folder of a server sees its writes at once, and the server those of the store", async () => {
  const server = await folder.open();
  const joined = await folder.open(shared);
  await server.transact((tx) => addModule(tx, "m"));
  expect(await joined.module("m")).toBeDefined();
  await joined.transact((tx) => tx.insertUser(user("ada")));
  expect(await server.userByName("ada")).toEqual(user("ada"));
  await server.transact((tx) => tx.updatePassword(user("ada").user_id, "another"));
  expect(await joined.userByName("ada")).toMatchObject({ password_hash: "another" });
});

it("a store that shares the folder gets its turn from a server that writes without a pause, and no write is lost", async () => {
  const server = await folder.open();
  await server.transact((tx) => addModule(tx, "m"));
  const joined = await folder.open(shared);
  let isJoining = true;
  let written = 0;
  const writer = async (): Promise<void> => {
    while (isJoining) {
      await server.transact((tx) => tx.insertSequence("m", { instance_id: 1, status: "n", context: null }, 1));
      written += 1;
    }
  };
  const writers = Array.from({ length: 4 }, writer);
  for (let index = 0; index < 20; index++) await joined.transact((tx) => tx.insertUser(user(`user ${index}`)));
  isJoining = false;
  await Promise.all(writers);
  expect(await server.users({ order: "asc", limit: 100 })).toHaveLength(20);
  expect(await server.module("m")).toMatchObject({ sequence_count: written });
});

it("what a sharing store wrote is there after it was closed, with a server and without one", async () => {
  const server = await folder.open();
  const first = await folder.open(shared);
  await first.transact((tx) => tx.insertUser(user("ada")));
  await first.close();
  await server.close();
  const second = await folder.open(shared);
  await second.transact((tx) => tx.insertUser(user("zoe")));
  await second.close();
  const restarted = await folder.open();
  expect((await restarted.users({ order: "asc", limit: 9 })).map(({ username }) => username)).toEqual(["ada", "zoe"]);
});

it("a server starts while another store shares its folder", async () => {
  await (await folder.open()).close();
  const joined = await folder.open(shared);
  const server = await folder.open();
  await joined.transact((tx) => tx.insertUser(user("ada")));
  expect(await server.userByName("ada")).toBeDefined();
});

it("a folder without data is left as it is, and not opened", async () => {
  expect(await openError()).toBe(
    `${folder.path} holds no data. Start the server there first, or set ECA_DATA to its data folder.`,
  );
  expect(await openError()).toContain("holds no data");
});

it("a folder that cannot be read is not reported as empty", async () => {
  const loop = join(folder.path, "loop");
  await symlink(loop, loop);
  expect(await openError({ folder: loop })).toContain(`the data folder ${loop} cannot be used: ELOOP`);
});

it("a schema of another version is left as it is, and not opened", async () => {
  await (await folder.open()).close();
  setVersion(migrations.length - 1);
  expect(await openError()).toContain(`has schema version ${migrations.length - 1}, this version works on`);
  setVersion(migrations.length + 1);
  expect(await openError()).toContain("a newer server has written it");
  setVersion(migrations.length);
  await (await folder.open(shared)).close();
});

it("a store that shares the folder cannot update states, as the server may have them in memory", async () => {
  const server = await folder.open();
  await server.transact((tx) => addModule(tx, "m"));
  const row = await server.ess("m", 1);
  const joined = await folder.open(shared);
  await expect(joined.transact((tx) => tx.updateEss("m", 1, essContent({ score: 7 }), 2))).rejects.toThrow(/must not/);
  await joined.transact((tx) => tx.insertEss("m", essContent({ score: 8 }), 2));
  expect(await server.ess("m", 1)).toEqual(row);
  expect(await server.ess("m", 2)).toMatchObject({ score: 8 });
});
