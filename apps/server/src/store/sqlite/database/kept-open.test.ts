import { describe, expect, it, vi } from "vitest";
import { StoreFailedError } from "../../port/store.js";
import { KeptOpen } from "./kept-open.js";

const failure = new StoreFailedError("the medium failed");

/** Things that are opened one after the other, and what happened to them. */
function things(attempts: readonly ("fails" | "opens")[]) {
  const events: string[] = [];
  let count = 0;
  const make = () => {
    const name = `${++count}`;
    return {
      name,
      idle: async () => void events.push(`${name} idle`),
      close: async () => void events.push(`${name} closed`),
    };
  };
  const left = [...attempts];
  const kept = new KeptOpen(make(), {
    reopen: async () => {
      if (left.shift() === "fails") throw new Error("still broken");
      return make();
    },
    onFailed: (error) => void events.push((error as Error).message),
    onReopened: () => void events.push("reopened"),
    firstWait: 1,
  });
  return { kept, events };
}

describe("what is kept open", () => {
  it("is returned until it fails, and throws from then on until it was opened anew", async () => {
    const { kept, events } = things(["fails", "fails", "opens"]);
    expect(kept.get().name).toBe("1");
    kept.failed(failure);
    expect(() => kept.get()).toThrow(failure);
    await vi.waitFor(() => expect(kept.get().name).toBe("2"));
    expect(events).toEqual([failure.message, "1 idle", "1 closed", "still broken", "still broken", "reopened"]);
  });

  it("is opened anew once for all failures of one time, and again for a later one", async () => {
    const { kept, events } = things(["opens", "opens"]);
    kept.failed(failure);
    kept.failed(failure);
    await vi.waitFor(() => expect(kept.get().name).toBe("2"));
    kept.failed(failure);
    expect(() => kept.get()).toThrow(failure);
    await vi.waitFor(() => expect(kept.get().name).toBe("3"));
    expect(events.filter((event) => event === "reopened")).toHaveLength(2);
  });

  it("is closed if it is open, and not waited for if it is not", async () => {
    const { kept, events } = things([]);
    await kept.close();
    expect(events).toEqual(["1 idle", "1 closed"]);
    const broken = things(Array.from({ length: 1000 }, () => "fails"));
    broken.kept.failed(failure);
    await vi.waitFor(() => expect(broken.events).toContain("still broken"));
    await broken.kept.close();
    expect(broken.events.filter((event) => event === "1 closed")).toHaveLength(1);
  });
});
