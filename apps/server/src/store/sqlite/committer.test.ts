import { afterEach, describe, expect, it, vi } from "vitest";
import { Committer } from "./committer.js";
import type { Connection } from "./database/connection.js";

afterEach(() => {
  vi.restoreAllMocks();
});

/** What was run where, on a disk whose next flushes take so many milliseconds each. */
function setUp() {
  const calls: string[] = [];
  const disk = { takes: 0.1 };
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const run = (place: string) => (sql: string) => {
    calls.push(`${place}: ${sql}`);
    now += disk.takes;
  };
  const here = run("here");
  const elsewhere = run("elsewhere");
  const connection = { exec: here, execOffThread: async (sql: string) => elsewhere(sql) };
  const log = { pages: 0, mark: () => log.pages, move: async () => void calls.push("moved") };
  const committer = new Committer(connection as unknown as Connection, log);
  const commit = async (times: number, units = 1) => {
    calls.length = 0;
    for (let time = 0; time < times; time++) {
      await committer.commit(units);
      await committer.checkpoint();
    }
    return calls;
  };
  return { commit, disk, committer, connection, log };
}

describe("where a commit runs", () => {
  it("is another thread until the disk has been quick for a while, then this one", async () => {
    const { commit } = setUp();
    expect(new Set(await commit(4))).toEqual(new Set(["elsewhere: COMMIT"]));
    expect(await commit(2)).toEqual(["here: COMMIT", "here: COMMIT"]);
  });

  it("is another thread whenever several units of work wait for it", async () => {
    const { commit } = setUp();
    await commit(20);
    expect(await commit(1, 2)).toEqual(["elsewhere: COMMIT"]);
  });

  it("is another thread again after the first slow commit", async () => {
    const { commit, disk } = setUp();
    await commit(20);
    disk.takes = 30;
    expect(await commit(2)).toEqual(["here: COMMIT", "elsewhere: COMMIT"]);
    disk.takes = 0.1;
    expect(new Set(await commit(4))).toEqual(new Set(["elsewhere: COMMIT"]));
    expect(await commit(1)).toEqual(["here: COMMIT"]);
  });

  it("does not matter to the caller of one that fails", async () => {
    const { commit, committer, connection } = setUp();
    const fail = () => {
      throw new Error("no room");
    };
    connection.execOffThread = async () => fail();
    await expect(committer.commit(1)).rejects.toThrow("no room");
    connection.execOffThread = async () => undefined;
    await commit(4);
    connection.exec = fail;
    await expect(committer.commit(1)).rejects.toThrow("no room");
  });
});

describe("the write-ahead log", () => {
  it("moves into the database every so many commits, and commits go on where that fails", async () => {
    const { commit, log } = setUp();
    const calls = await commit(300);
    expect(calls.filter((call) => call === "moved")).toHaveLength(2);
    expect(calls.indexOf("moved")).toBe(150);
    log.move = () => Promise.reject(new Error("no room"));
    await commit(150);
  });

  it("moves as soon as it has many pages", async () => {
    const { commit, log } = setUp();
    log.pages = 3999;
    expect(await commit(2)).not.toContain("moved");
    log.pages = 4000;
    expect(await commit(1)).toEqual(["elsewhere: COMMIT", "moved"]);
  });
});
