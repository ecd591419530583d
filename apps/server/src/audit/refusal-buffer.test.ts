import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AuditContent } from "../store/rows.js";
import { createRefusalBuffer } from "./refusal-buffer.js";

function refusal(rest: Partial<AuditContent> = {}): AuditContent {
  const nowhere = { module_id: null, row_id: null, subject_id: null, detail: null };
  const who = {
    user_id: "u",
    username: "ada",
    key_id: null,
    address: "::1",
    request_id: "r",
    route: "sequence.create",
  };
  return { at: 1, kind: "access_denied", count: 1, ...who, ...nowhere, ...rest };
}

function buffer() {
  const written: AuditContent[][] = [];
  const errors: unknown[] = [];
  let failure: Error | undefined;
  const held = createRefusalBuffer({
    write: async (entries) => {
      if (failure !== undefined) throw failure;
      written.push([...entries]);
    },
    onError: (error) => errors.push(error),
  });
  return { held, written, errors, failWith: (error: Error | undefined) => (failure = error) };
}

describe("the refusal buffer", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("counts the same caller on the same route as one, from the first on, and writes it after ten seconds", async () => {
    const { held, written } = buffer();
    held.add(refusal({ at: 5, request_id: "first" }));
    await vi.advanceTimersByTimeAsync(9_000);
    held.add(refusal({ at: 6 }));
    held.add(refusal({ at: 7 }));
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written).toEqual([[refusal({ at: 5, request_id: "first", count: 3 })]]);
    held.add(refusal({ at: 8 }));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(written[1]).toEqual([refusal({ at: 8 })]);
  });

  it("keeps apart who, by which key, from where and on what", async () => {
    const { held, written } = buffer();
    const others = [{ user_id: "v" }, { key_id: "k" }, { address: "::2" }, { route: "ess.create" }];
    for (const other of [{}, ...others, {}]) held.add(refusal(other));
    await held.close();
    expect(written).toEqual([[refusal({ count: 2 }), ...others.map((other) => refusal(other))]]);
  });

  it("writes at once where there are too many different ones, so that memory stays bounded", async () => {
    const { held, written } = buffer();
    for (let index = 0; index < 2_500; index++) held.add(refusal({ address: `::${index}` }));
    await vi.advanceTimersByTimeAsync(0);
    expect(written.map(({ length }) => length)).toEqual([1000, 1000]);
    await held.close();
    expect(written.flat()).toHaveLength(2_500);
  });

  it("tells of what it could not write, and goes on", async () => {
    const { held, written, errors, failWith } = buffer();
    const failure = new Error("no room");
    failWith(failure);
    held.add(refusal());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(errors).toEqual([failure]);
    failWith(undefined);
    held.add(refusal({ at: 9 }));
    await held.close();
    expect(written).toEqual([[refusal({ at: 9 })]]);
  });
});
