import { auditKind } from "@eca/contract";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { AuditContent } from "../port/rows.js";
import { auditContent as entry, text } from "./contents.fixture.js";
import { type OpenStore, useStore } from "./use-store.fixture.js";

const all = { order: "asc", limit: 1000 } as const;

/** The audit log: entries in commit order, from which the oldest are taken. */
export function describeAudit(open: OpenStore): void {
  const subject = useStore(open);
  const add = (content: AuditContent) => subject.store.transact((tx) => tx.insertAudit(content));
  const ids = async () => (await subject.store.auditPage(all)).map(({ id }) => id);

  it("an entry's time is the newest time of the store until a newer one is written", async () => {
    await add(entry(7));
    await add(entry(5));
    expect(await subject.store.newestTime()).toBe(7);
  });

  it("entries come back as they were written", async () => {
    const optional = fc.option(text);
    const content = fc.record({
      at: fc.maxSafeNat(),
      kind: fc.constantFrom(...auditKind.options),
      count: fc.maxSafeNat(),
      user_id: optional,
      username: optional,
      key_id: optional,
      address: optional,
      request_id: optional,
      route: optional,
      module_id: optional,
      row_id: fc.option(fc.maxSafeInteger()),
      subject_id: optional,
      detail: optional,
    });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(content, async (content) => {
        count += 1;
        const written = await add(content);
        expect(written).toEqual({ ...content, id: count });
        expect(await subject.store.auditPage({ order: "desc", limit: 1 })).toEqual([written]);
      }),
      { numRuns: 40 },
    );
  });

  it("a unit of work that rejects leaves no entry, and takes no id", async () => {
    const rejecting = subject.store.transact(async (tx) => {
      await tx.insertAudit(entry(1));
      throw new Error("changed its mind");
    });
    await expect(rejecting).rejects.toThrow("changed its mind");
    expect(await add(entry(2))).toMatchObject({ id: 1 });
  });

  it("old entries are deleted oldest first, at most the limit at a time, and their ids are never given again", async () => {
    for (let at = 1; at <= 10; at++) await add(entry(at));
    const remove = (before: number, limit: number) =>
      subject.store.transact((tx) => tx.deleteAuditBefore(before, limit));
    expect(await remove(5, 3)).toBe(3);
    expect(await ids()).toEqual([4, 5, 6, 7, 8, 9, 10]);
    expect(await remove(5, 3)).toBe(1);
    expect(await remove(5, 3)).toBe(0);
    expect(await remove(99, 9)).toBe(6);
    await subject.reopen();
    expect(await add(entry(11))).toMatchObject({ id: 11 });
  });

  it("entries beyond the newest of their kind are deleted, oldest first, at most the limit at a time", async () => {
    const kinds = ["login_failed", "user_created", "login_failed", "key_created"] as const;
    for (let at = 1; at <= 12; at++) await add(entry(at, { kind: kinds[at % 4]! }));
    const remove = (keep: number, limit: number) => subject.store.transact((tx) => tx.deleteAuditBeyond(keep, limit));
    expect(await remove(6, 9)).toBe(0);
    expect(await remove(3, 2)).toBe(2);
    expect(await ids()).toEqual([1, 3, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(await remove(3, 2)).toBe(1);
    expect(await remove(3, 2)).toBe(0);
    // An entry that is deleted for its age does not count any more.
    expect(await subject.store.transact((tx) => tx.deleteAuditBefore(7, 9))).toBe(3);
    expect(await remove(2, 9)).toBe(1);
    expect(await ids()).toEqual([7, 9, 10, 11, 12]);
    await subject.reopen();
    expect(await remove(1, 9)).toBe(2);
    expect(await ids()).toEqual([9, 11, 12]);
  });
}
