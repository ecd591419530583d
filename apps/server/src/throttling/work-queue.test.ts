import { describe, expect, it } from "vitest";
import { RateLimited } from "./rate-limited.js";
import { type Lane, WorkQueue } from "./work-queue.js";

/** Works that end when they are told to. */
function works(queue: WorkQueue) {
  const started: string[] = [];
  const ends = new Map<string, (failure?: Error) => void>();
  const add = (name: string, lane: Lane = "second"): Promise<string> =>
    queue.run(lane, () => {
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

describe("a work queue", () => {
  it("runs as many as it may, the rest in the order they came", async () => {
    const { started, add, end } = works(new WorkQueue({ concurrency: 2, maxWaiting: 10 }));
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

  it("serves the first lane before the second", async () => {
    const { started, add, end } = works(new WorkQueue({ concurrency: 1, maxWaiting: 10 }));
    const all = Promise.all([add("a"), add("b"), add("c", "first")]);
    await end("a");
    await end("c");
    await end("b");
    await all;
    expect(started).toEqual(["a", "c", "b"]);
  });

  it("refuses where too many wait, each lane by itself", async () => {
    const { started, add, end } = works(new WorkQueue({ concurrency: 1, maxWaiting: 1 }));
    const all = Promise.all([add("a"), add("b")]);
    await expect(add("c")).rejects.toThrow(RateLimited);
    const first = add("d", "first");
    await end("a");
    await end("d");
    await end("b");
    await Promise.all([all, first]);
    expect(started).toEqual(["a", "d", "b"]);
  });

  it("goes on after a failure", async () => {
    const { add, end } = works(new WorkQueue({ concurrency: 1, maxWaiting: 10 }));
    const failing = add("a");
    const next = add("b");
    await Promise.all([expect(failing).rejects.toThrow("broken"), end("a", new Error("broken"))]);
    await end("b");
    expect(await next).toBe("b");
  });
});
