import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AuditContent } from "../store/port/rows.js";
import { createDenialBuffer } from "./denial-buffer.js";

function denial(rest: Partial<AuditContent> = {}): AuditContent {
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
  const held = createDenialBuffer({
    write: async (entries) => {
      if (failure !== undefined) throw failure;
      written.push([...entries]);
    },
    onError: (error) => errors.push(error),
  });
  return { held, written, errors, failWith: (error: Error | undefined) => (failure = error) };
}

describe("the denial buffer", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("counts the same caller on the same route as one, from the first on, and writes it after ten seconds", async () => {
    const { held, written } = buffer();
    held.add(denial({ at: 5, request_id: "first" }));
    await vi.advanceTimersByTimeAsync(9_000);
    held.add(denial({ at: 6 }));
    held.add(denial({ at: 7 }));
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written).toEqual([[denial({ at: 5, request_id: "first", count: 3 })]]);
    held.add(denial({ at: 8 }));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(written[1]).toEqual([denial({ at: 8 })]);
  });

  it("keeps apart who, by which key, from where and on what", async () => {
    const { held, written } = buffer();
    const others = [{ user_id: "v" }, { key_id: "k" }, { address: "::2" }, { route: "ess.create" }];
    for (const other of [{}, ...others, {}]) held.add(denial(other));
    await held.close();
    expect(written).toEqual([[denial({ count: 2 }), ...others.map((other) => denial(other))]]);
  });

  it("writes at once where there are too many different ones, so that memory stays bounded", async () => {
    const { held, written } = buffer();
    for (let index = 0; index < 2_500; index++) held.add(denial({ address: `::${index}` }));
    await vi.advanceTimersByTimeAsync(0);
    expect(written.map(({ length }) => length)).toEqual([1000, 1000]);
    await held.close();
    expect(written.flat()).toHaveLength(2_500);
  });

  it("says that it could not write, and keeps what it could not: it is written once that succeeds", async () => {
    const { held, written, errors, failWith } = buffer();
    const failure = new Error("no room");
    failWith(failure);
    held.add(denial({ at: 1 }));
    held.add(denial({ at: 2, route: "ess.create" }));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(errors).toEqual([failure]);
    held.add(denial({ at: 3 }));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(errors).toEqual([failure, failure]);
    failWith(undefined);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(written).toEqual([[denial({ at: 1, count: 2 }), denial({ at: 2, route: "ess.create" })]]);
    await held.close();
    expect(written).toHaveLength(1);
  });

  it("keeps the oldest of what it cannot write, so that memory stays bounded", async () => {
    const { held, written, errors, failWith } = buffer();
    failWith(new Error("no room"));
    for (let index = 0; index < 2_500; index++) held.add(denial({ at: index, address: `::${index}` }));
    await vi.advanceTimersByTimeAsync(0);
    expect(errors).toHaveLength(2);
    failWith(undefined);
    for (let index = 0; index < 2_500; index++) held.add(denial({ at: 5_000, address: `::${index}` }));
    await held.close();
    expect(written.flat().map(({ address }) => address)).toEqual(
      Array.from({ length: 1000 }, (_, index) => `::${index}`),
    );
    expect(written.flat().every(({ count }) => count === 2)).toBe(true);
  });

  it("holds nothing once it is closed, whatever became of it", async () => {
    const { held, errors, failWith } = buffer();
    failWith(new Error("no room"));
    held.add(denial());
    await held.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(errors).toHaveLength(1);
  });
});
