import { afterEach, describe, expect, test, vi } from "vitest";
import { Committer } from "./committer.js";
import type { Connection } from "./database/connection.js";

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
  const log = { pages: 0, mark: () => log.pages, move: async () => void calls.push("moved") };
  const committer = new Committer(connection as unknown as Connection, log);
  const commit = async (times: number, works = 1) => {
    calls.length = 0;
    for (let time = 0; time < times; time++) {
      await committer.commit(works);
      await committer.tidy();
    }
    return calls;
  };
  return { commit, medium, committer, connection, log };
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
  test("moves into the database every so many commits, and harms nobody where that fails", async () => {
    const { commit, log } = setUp();
    const calls = await commit(300);
    expect(calls.filter((call) => call === "moved")).toHaveLength(2);
    expect(calls.indexOf("moved")).toBe(150);
    log.move = () => Promise.reject(new Error("no room"));
    await commit(150);
  });

  test("moves as soon as it has many pages", async () => {
    const { commit, log } = setUp();
    log.pages = 3999;
    expect(await commit(2)).not.toContain("moved");
    log.pages = 4000;
    expect(await commit(1)).toEqual(["elsewhere: COMMIT", "moved"]);
  });
});
