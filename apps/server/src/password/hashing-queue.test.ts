import { describe, expect, it } from "vitest";
import { type HashingLine, createHashingQueue, type HashingQueue } from "./hashing-queue.js";
import { RateLimited } from "../throttling/rate-limited.js";

/** Tasks that end when the test says so. */
function tasks(queue: HashingQueue) {
  const started: string[] = [];
  const ends = new Map<string, (failure?: Error) => void>();
  const add = (name: string, line: HashingLine = "unknown"): Promise<string> =>
    queue.run(line, () => {
      started.push(name);
      return new Promise((resolve, reject) => {
        ends.set(name, (failure) => (failure ? reject(failure) : resolve(name)));
      });
    });
  const end = async (name: string, failure?: Error): Promise<void> => {
    ends.get(name)!(failure);
    await new Promise(setImmediate);
  };
  return { started, add, end };
}

describe("hashing of passwords", () => {
  it("runs as many as it may, the rest in the order they came", async () => {
    const { started, add, end } = tasks(createHashingQueue({ concurrency: 2, maxWaiting: 10 }));
    const all = Promise.all(["a", "b", "c", "d"].map((name) => add(name)));
    expect(started).toEqual(["a", "b"]);
    await end("b");
    expect(started).toEqual(["a", "b", "c"]);
    await end("a");
    expect(started).toEqual(["a", "b", "c", "d"]);
    await end("c");
    await end("d");
    expect(await all).toEqual(["a", "b", "c", "d"]);
  });

  it("serves those who have logged in before ahead of strangers", async () => {
    const { started, add, end } = tasks(createHashingQueue({ concurrency: 1, maxWaiting: 10 }));
    const all = Promise.all([add("a"), add("b"), add("c", "known")]);
    await end("a");
    await end("c");
    await end("b");
    await all;
    expect(started).toEqual(["a", "c", "b"]);
  });

  it("refuses where too many wait, each line by itself", async () => {
    const { started, add, end } = tasks(createHashingQueue({ concurrency: 1, maxWaiting: 1 }));
    const all = Promise.all([add("a"), add("b")]);
    await expect(add("c")).rejects.toThrow(RateLimited);
    const first = add("d", "known");
    await end("a");
    await end("d");
    await end("b");
    await Promise.all([all, first]);
    expect(started).toEqual(["a", "d", "b"]);
  });

  it("goes on after a failure", async () => {
    const { add, end } = tasks(createHashingQueue({ concurrency: 1, maxWaiting: 10 }));
    const failing = add("a");
    const next = add("b");
    await Promise.all([expect(failing).rejects.toThrow("broken"), end("a", new Error("broken"))]);
    await end("b");
    expect(await next).toBe("b");
  });
});
