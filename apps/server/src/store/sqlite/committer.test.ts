import { afterEach, describe, expect, test, vi } from "vitest";
import { Committer } from "./committer.js";
import type { Connection } from "./connection.js";

afterEach(() => {
  vi.restoreAllMocks();
});

/** What was run where, on a medium whose next flushes take so many milliseconds each. */
function setUp() {
  const calls: string[] = [];
  const medium = { takes: 0.1 };
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const run = (place: string) => (sql: string) => {
    calls.push(`${place}: ${sql}`);
    now += medium.takes;
  };
  const here = run("here");
  const elsewhere = run("elsewhere");
  const connection = { exec: here, execOffThread: async (sql: string) => elsewhere(sql) };
  const committer = new Committer(connection as unknown as Connection);
  const commit = async (times: number, works = 1) => {
    calls.length = 0;
    for (let time = 0; time < times; time++) {
      await committer.commit(works);
      await committer.tidy();
    }
    return calls;
  };
  return { commit, medium, committer, connection };
}

describe("where a commit runs", () => {
  test("on another thread until the medium has been quick for a while, then on this one", async () => {
    const { commit } = setUp();
    expect(new Set(await commit(4))).toEqual(new Set(["elsewhere: COMMIT"]));
    expect(await commit(2)).toEqual(["here: COMMIT", "here: COMMIT"]);
  });

  test("on another thread whenever several writers wait for it", async () => {
    const { commit } = setUp();
    await commit(20);
    expect(await commit(1, 2)).toEqual(["elsewhere: COMMIT"]);
  });

  test("on another thread again from the first that was slow", async () => {
    const { commit, medium } = setUp();
    await commit(20);
    medium.takes = 30;
    expect(await commit(2)).toEqual(["here: COMMIT", "elsewhere: COMMIT"]);
    medium.takes = 0.1;
    expect(new Set(await commit(4))).toEqual(new Set(["elsewhere: COMMIT"]));
    expect(await commit(1)).toEqual(["here: COMMIT"]);
  });

  test("its failure reaches the caller from either place", async () => {
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

describe("the log", () => {
  test("moves into the database on another thread every so many commits, and harms nobody where that fails", async () => {
    const { commit, connection } = setUp();
    const checkpoint = "elsewhere: PRAGMA wal_checkpoint(PASSIVE)";
    const calls = await commit(300);
    expect(calls.filter((call) => call === checkpoint)).toHaveLength(2);
    expect(calls.indexOf(checkpoint)).toBe(150);
    connection.execOffThread = () => Promise.reject(new Error("no room"));
    await commit(150);
  });
});
