import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { ChangeRow } from "../port/rows.js";
import type { Store, Transaction } from "../port/store.js";
import {
  addModule,
  documentContent,
  embeddingContent,
  essContent,
  responseContent,
  sequenceContent,
  user,
} from "./contents.fixture.js";
import { type OpenStore, useStore, withStore } from "./use-store.fixture.js";

const all = { order: "asc", limit: 1000 } as const;
const now = 3000;
export const repair = { after: now, by: 9000, now };

/** Writes at random instants, some of them by a clock that is ahead. */
export const timedWrite = fc.record({
  moduleId: fc.constantFrom("a", "b", "c"),
  kind: fc.constantFrom("ess", "sequence", "update", "delete", "embedding", "document", "response"),
  id: fc.integer({ min: 1, max: 6 }),
  at: fc.oneof(fc.integer({ min: 1000, max: now }), fc.integer({ min: 9000, max: 14_000 })),
});

type TimedWrite = typeof timedWrite extends fc.Arbitrary<infer Write> ? Write : never;

export async function applyWrite(tx: Transaction, { moduleId, kind, id, at }: TimedWrite): Promise<unknown> {
  if ((await tx.module(moduleId)) === undefined) {
    await tx.insertModule(moduleId, 3, at);
    await tx.insertEss(moduleId, essContent(), at);
  }
  if (kind === "ess") return tx.insertEss(moduleId, essContent(), at);
  if (kind === "sequence") return tx.insertSequence(moduleId, sequenceContent(), at);
  if (kind === "update") return tx.updateSequence(moduleId, id, sequenceContent({ status: "e" }), at);
  if (kind === "delete") return tx.deleteSequence(moduleId, id, at);
  if (kind === "document") return tx.insertDocument(documentContent(), at);
  if (kind === "response") return tx.insertResponse(responseContent(), at);
  const { revision = 0 } = (await tx.module(moduleId)) ?? {};
  return tx.insertEmbedding(moduleId, embeddingContent({ hash: `${moduleId} ${revision}` }), at);
}

/** All that has a time and a revision, by what it belongs to. */
async function rowsOf(store: Store) {
  const modules = await store.modules(all);
  const ofModules = modules.map(async ({ module_id }) => [
    await store.essPage(module_id, all),
    await store.sequencePage(module_id, all),
    await store.embeddingPage(module_id, all),
  ]);
  return [...(await Promise.all(ofModules)).flat(), await store.documentPage(all), await store.responsePage(all)];
}

const isLate = (row: { created_at: number; updated_at: number }) => Math.max(row.created_at, row.updated_at) > now;

/** Where the clock is known to have jumped, between its times before and after. */
const jumps = fc.record({ jumpedAt: fc.integer({ min: repair.by, max: 20_000 }) }, { requiredKeys: [] });

/** Times that a clock ahead has given go back, and all that follows from a row's change follows. */
export function describeTimeRepairs(open: OpenStore): void {
  const subject = useStore(open);

  it("of rows go back in their order, and each row that changes is a new revision of itself", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(timedWrite, { minLength: 1, maxLength: 40 }), jumps, async (writes, jump) => {
        await withStore(open, async ({ store }) => {
          const wanted = { ...repair, ...jump };
          for (const each of writes) await store.transact((tx) => applyWrite(tx, each));
          const before = await rowsOf(store);
          const modules = await store.modules(all);
          const changes = new Map<string, ChangeRow[]>();
          for (const { module_id } of modules) {
            changes.set(module_id, await store.changes(module_id, { after: 0, limit: 1000 }));
          }
          await store.transact((tx) => tx.repairTimes(wanted));
          expect(await store.timesAfter(now)).toEqual([]);

          const after = await rowsOf(store);
          for (const [index, rows] of before.entries()) {
            const repaired = after[index]!;
            for (const [place, row] of rows.entries()) {
              const { created_at, updated_at, revision, ...content } = repaired[place]!;
              expect(row).toMatchObject(content);
              const late = isLate(row);
              expect(updated_at).toBe(late ? now : row.updated_at);
              expect(revision > row.revision).toBe(late);
              const earliest =
                row.created_at > now
                  ? Math.min(Math.max(row.created_at, jump.jumpedAt ?? 0) - repair.by, now)
                  : row.created_at;
              expect(created_at).toBeGreaterThanOrEqual(earliest);
              expect(created_at).toBeLessThanOrEqual(Math.min(row.created_at, now));
              // Nothing goes before what was there before it.
              expect(created_at).toBeGreaterThanOrEqual(repaired[place - 1]?.created_at ?? 0);
            }
          }
          for (const { module_id, revision } of modules) {
            const log = await store.changes(module_id, { after: 0, limit: 1000 });
            const old = changes.get(module_id)!;
            expect(log.map((change) => change.revision)).toEqual(log.map((_, index) => index + 1));
            expect(log.slice(0, revision).map(({ at: _, ...rest }) => rest)).toEqual(
              old.map(({ at: _, ...rest }) => rest),
            );
            const times = log.map(({ at }) => at);
            expect(times).toEqual(times.toSorted((a, b) => a - b));
            for (const { at } of log.slice(revision)) expect(at).toBe(now);
            expect(await store.module(module_id)).toMatchObject({ revision: log.length });
          }

          const done = await rowsOf(store);
          await store.transact((tx) => tx.repairTimes(wanted));
          expect(await rowsOf(store)).toEqual(done);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("of accounts, kept replies and the audit log go back by as much, an expiry with its key", async () => {
    const { store } = subject;
    const ada = { ...user("ada"), created_at: 9500 };
    const hash = new Uint8Array(32);
    const key = { user_id: ada.user_id, name: "n", hint: "h", role: "reader" as const, modules: null };
    const entry = {
      kind: "login_failed" as const,
      count: 1,
      user_id: null,
      username: null,
      key_id: null,
      address: null,
    };
    const rest = { request_id: null, route: null, module_id: null, row_id: null, subject_id: null, detail: null };
    await store.transact(async (tx) => {
      await tx.insertUser(ada);
      await tx.insertSession({ token_hash: hash, user_id: ada.user_id, created_at: 2500, last_used_at: 11_000 });
      await tx.insertKey({
        ...key,
        key_id: "1",
        token_hash: hash,
        created_at: 10_000,
        expires_at: 10_700,
        last_used_at: 20_000,
      });
      const reply = { user_id: "u", route: "r", key: "k", request_hash: hash, status: 201, headers: {}, body: "{}" };
      await tx.putIdempotency({ ...reply, created_at: 10_100 }, 0);
      for (const at of [2000, 10_500, 11_500, 20_000, 2600]) await tx.insertAudit({ ...entry, ...rest, at });
    });
    expect(await store.timesAfter(now)).toEqual([
      { table: "audit", rows: 3, newest: 20_000 },
      { table: "user", rows: 1, newest: 9500 },
      { table: "session", rows: 1, newest: 11_000 },
      { table: "api_key", rows: 1, newest: 20_000 },
      { table: "idempotency", rows: 1, newest: 10_100 },
    ]);
    await store.transact((tx) => tx.repairTimes(repair));
    expect(await store.userByName("ada")).toMatchObject({ created_at: 500 });
    expect((await store.session(hash))?.session).toMatchObject({ created_at: 2500, last_used_at: 2000 });
    expect(await store.key("1")).toMatchObject({ created_at: 1000, expires_at: 1700, last_used_at: now });
    expect(await store.idempotency("u", "r", "k")).toMatchObject({ created_at: 1100 });
    expect((await store.auditPage(all)).map(({ at }) => at)).toEqual([2000, 2000, 2500, now, 2600]);
    expect(await store.newestTime()).toBe(now);
  });

  it("of a module whose late rows were deleted go back too", async () => {
    const { store } = subject;
    await store.transact(async (tx) => {
      await addModule(tx, "m");
      await tx.insertSequence("m", sequenceContent(), 9500);
      await tx.deleteSequence("m", 1, 9600);
    });
    await store.transact((tx) => tx.repairTimes(repair));
    expect(await store.module("m")).toMatchObject({ last_activity_at: now, revision: 4 });
    const log = await store.changes("m", { after: 1, limit: 9 });
    expect(log.map(({ kind, at }) => [kind, at])).toEqual([
      ["sequence_created", 500],
      ["sequence_deleted", 600],
      ["module_configured", now],
    ]);
    expect(await store.transact((tx) => tx.insertSequence("m", sequenceContent(), now + 1))).toMatchObject({ id: 2 });
  });
}
