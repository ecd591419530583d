import { auditKind } from "@eca/contract";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { AuditContent } from "../rows.js";
import { text } from "./contents.fixture.js";
import { type OpenStore, useStore } from "./use-store.fixture.js";

const all = { order: "asc", limit: 1000 } as const;

function entry(at: number, rest: Partial<AuditContent> = {}): AuditContent {
  const nothing = { user_id: null, username: null, key_id: null, address: null, request_id: null, route: null };
  const nowhere = { module_id: null, row_id: null, subject_id: null, detail: null };
  return { at, kind: "login_failed", count: 1, ...nothing, ...nowhere, ...rest };
}

/** The audit log: entries in commit order, from which the oldest are taken. */
export function describeAudit(open: OpenStore): void {
  const subject = useStore(open);
  const add = (content: AuditContent) => subject.store.transact((tx) => tx.insertAudit(content));
  const ids = async () => (await subject.store.auditPage(all)).map(({ id }) => id);

  test("an entry's time is the newest time of the store until a newer one is written", async () => {
    await add(entry(7));
    await add(entry(5));
    expect(await subject.store.newestTime()).toBe(7);
  });

  test("entries come back as they were written", async () => {
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

  test("a work that rejects leaves none, and takes no id", async () => {
    const work = subject.store.transact(async (tx) => {
      await tx.insertAudit(entry(1));
      throw new Error("changed its mind");
    });
    await expect(work).rejects.toThrow("changed its mind");
    expect(await add(entry(2))).toMatchObject({ id: 1 });
  });

  test("old ones are deleted oldest first, so many at a time, and their ids are never given again", async () => {
    for (let at = 1; at <= 10; at++) await add(entry(at));
    const remove = (old: { before: number; keep: number; limit: number }) =>
      subject.store.transact((tx) => tx.deleteAudit(old));
    expect(await remove({ before: 5, keep: 100, limit: 3 })).toBe(3);
    expect(await ids()).toEqual([4, 5, 6, 7, 8, 9, 10]);
    expect(await remove({ before: 5, keep: 100, limit: 3 })).toBe(1);
    expect(await remove({ before: 5, keep: 100, limit: 3 })).toBe(0);
    expect(await remove({ before: 0, keep: 4, limit: 1 })).toBe(1);
    expect(await remove({ before: 0, keep: 4, limit: 9 })).toBe(1);
    expect(await ids()).toEqual([7, 8, 9, 10]);
    expect(await remove({ before: 99, keep: 0, limit: 9 })).toBe(4);
    await subject.reopen();
    expect(await add(entry(11))).toMatchObject({ id: 11 });
  });
}
