import { describe, expect, it } from "vitest";
import {
  type Store,
  type StoreDamage,
  StoreDamagedError,
  StoreFailedError,
  StoreFullError,
  StoreReadOnlyError,
  type DiskUsage,
} from "../store/port/store.js";
import { createReadiness, watchWrites } from "./readiness.js";

const megabyte = 1024 * 1024;

/** A store whose reads, writes and disk usage are as the test says. */
function fakeStore() {
  const state = {
    reads: true,
    readError: new Error("disk I/O error"),
    writes: true,
    isReadOnly: false,
    diskUsage: { used: 0, free: megabyte } as DiskUsage,
    damage: { pages: 0, tables: [] } as StoreDamage,
  };
  const store = {
    modules: async () => {
      if (!state.reads) throw state.readError;
      return [];
    },
    transact: async () => {
      if (state.isReadOnly) throw new StoreReadOnlyError("read-only");
      if (!state.writes) throw new StoreFullError("no room");
    },
    requireWritable: async () => {
      if (state.isReadOnly) throw new StoreReadOnlyError("read-only");
    },
    diskUsage: async () => state.diskUsage,
    damage: () => state.damage,
  } as unknown as Store;
  const watched = watchWrites(store);
  const write = () => watched.transact(async () => undefined).catch(() => undefined);
  return { state, watched, write };
}

describe("readiness", () => {
  it("is there from the start, however full the disk: no write has failed", async () => {
    const { state, watched } = fakeStore();
    state.diskUsage = { used: 0, free: 0 };
    await expect(createReadiness(watched).require()).resolves.toBeUndefined();
  });

  it("is lost when the store does not respond, and comes back with it", async () => {
    const { state, watched } = fakeStore();
    const readiness = createReadiness(watched);
    state.reads = false;
    await expect(readiness.require()).rejects.toMatchObject({ code: "unavailable" });
    state.reads = true;
    await expect(readiness.require()).resolves.toBeUndefined();
  });

  it("is lost when a write found the disk full, and comes back with free space, before any other write", async () => {
    const { state, watched, write } = fakeStore();
    const readiness = createReadiness(watched);
    state.writes = false;
    state.diskUsage = { used: 0, free: 4096 };
    await write();
    await expect(readiness.require()).rejects.toThrow("is full; reads go on");
    state.diskUsage = { used: 0, free: megabyte };
    await expect(readiness.require()).resolves.toBeUndefined();
  });

  it("comes back with the next write that succeeds, where the free space is unknown", async () => {
    const { state, watched, write } = fakeStore();
    const readiness = createReadiness(watched);
    state.writes = false;
    state.diskUsage = { used: 0, free: 0 };
    await write();
    await expect(readiness.require()).rejects.toMatchObject({ code: "unavailable" });
    state.writes = true;
    await write();
    await expect(readiness.require()).resolves.toBeUndefined();
  });

  it("is lost when a write was refused by a read-only medium, and comes back with it, before any other write", async () => {
    const { state, watched, write } = fakeStore();
    const readiness = createReadiness(watched);
    state.isReadOnly = true;
    await expect(readiness.require()).resolves.toBeUndefined();
    await write();
    await expect(readiness.require()).rejects.toThrow("the data folder is read-only; reads go on");
    state.isReadOnly = false;
    await expect(readiness.require()).resolves.toBeUndefined();
  });

  it.each([
    [new StoreFailedError("failed"), "the disk has failed"],
    [new StoreDamagedError("damaged"), "the data is damaged; what is intact is served. Restore a backup"],
    [new Error("disk I/O error"), "the store does not respond"],
  ])("tells why the store returns no read: %s", async (error, text) => {
    const { state, watched } = fakeStore();
    Object.assign(state, { reads: false, readError: error });
    await expect(createReadiness(watched).require()).rejects.toThrow(text);
  });

  it("is lost while parts of the data are damaged, and says of what", async () => {
    const { state, watched } = fakeStore();
    state.damage = { pages: 2, tables: ["audit", "ess"] };
    await expect(createReadiness(watched).require()).rejects.toThrow(
      "the data is damaged in 2 pages (audit, ess); the rest is served. Restore a backup",
    );
    state.damage = { pages: 1, tables: [] };
    await expect(createReadiness(watched).require()).rejects.toThrow(
      "the data is damaged in 1 page; the rest is served",
    );
  });

  it("is lost for good once the server is about to stop", async () => {
    const { watched } = fakeStore();
    const readiness = createReadiness(watched);
    readiness.stop();
    await expect(readiness.require()).rejects.toThrow("the server is stopping");
  });
});
