import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { ChangeRow } from "../port/rows.js";
import type { Store, Transaction } from "../port/store.js";
import { addModule, essContent, sequenceContent } from "./contents.fixture.js";
import { type OpenStore, withStore } from "./use-store.fixture.js";

const modules = ["a", "b", "__proto__"];

/** What one writer does: to which module, what, and whether it fails before or after its write. */
const step = fc.record({
  moduleId: fc.constantFrom(...modules),
  kind: fc.constantFrom("ess", "sequence", "update", "delete"),
  fails: fc.constantFrom("no", "no", "no", "before", "after", "in the store"),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** An acknowledged write, and when it was started and when it resolved on a clock that counts both. */
interface Acknowledged extends Step {
  readonly id: number;
  readonly revision: number;
  readonly started: number;
  readonly resolved: number;
}

async function take({ moduleId, kind, fails }: Step, tx: Transaction) {
  if (fails === "before") throw new Error("before");
  const write = {
    ess: () => tx.insertEss(moduleId, essContent(), 1),
    sequence: () => tx.insertSequence(moduleId, sequenceContent(), 1),
    update: () => tx.updateEss(moduleId, 1, essContent({ score: 5 }), 1),
    delete: async () => {
      const newest = await tx.latestSequence(moduleId);
      if (newest === undefined) throw new Error("nothing to delete");
      await tx.deleteSequence(moduleId, newest.id, 1);
      return { ...newest, revision: (await tx.module(moduleId))!.revision };
    },
  };
  const row = (await write[kind]())!;
  if (fails === "after") throw new Error("after");
  if (fails === "in the store") await tx.insertModule(moduleId, 1, 1);
  return { id: row.id, revision: row.revision };
}

/** Follows the log of a module as it grows; at no moment may it have a gap or lose an entry. */
async function follow(store: Store, moduleId: string, isDone: () => boolean): Promise<ChangeRow[]> {
  const log: ChangeRow[] = [];
  for (let last = false; ;) {
    const { revision } = (await store.module(moduleId))!;
    const page = await store.changes(moduleId, { after: log.length, limit: 1000 });
    log.push(...page);
    expect(log.map((each) => each.revision)).toEqual(log.map((_, index) => index + 1));
    expect(log.length).toBeGreaterThanOrEqual(revision);
    if (last) return log;
    last = isDone();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** 64 writers at once, failures among them. */
export function describeConcurrency(open: OpenStore): void {
  it("ids and revisions are gapless and in commit order under 64 writers", async () => {
    const writers = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 64, maxLength: 64 });
    await fc.assert(
      fc.asyncProperty(writers, (steps) =>
        withStore(open, async (subject) => {
          const { store } = subject;
          await store.transact(async (tx) => {
            for (const moduleId of modules) await addModule(tx, moduleId);
          });
          const acknowledged: Acknowledged[] = [];
          let time = 0;
          let writing = steps.length;
          const write = async (own: readonly Step[]) => {
            for (const step of own) {
              const started = (time += 1);
              const row = await store.transact((tx) => take(step, tx)).catch(() => undefined);
              if (row) acknowledged.push({ ...step, ...row, started, resolved: (time += 1) });
            }
            writing -= 1;
          };
          const followers = modules.map((moduleId) => follow(store, moduleId, () => writing === 0));
          await Promise.all(steps.map(write));
          const logs = await Promise.all(followers);
          await subject.reopen();
          for (const [index, moduleId] of modules.entries()) {
            expectInStep(
              acknowledged.filter((each) => each.moduleId === moduleId),
              logs[index]!,
            );
          }
        }),
      ),
      // A counterexample is reported before the test runs out of time, if need be a large one.
      { numRuns: 6, plugins: [fc.interruptAfterTimeLimit(15_000)] },
    );
  });
}

function expectInStep(acknowledged: readonly Acknowledged[], log: readonly ChangeRow[]): void {
  const byRevision = acknowledged.toSorted((a, b) => a.revision - b.revision);
  // Everything acknowledged took a revision of its own, and nothing else took one: 1 is the module's first state.
  expect(byRevision.map(({ revision }) => revision)).toEqual(log.slice(1).map(({ revision }) => revision));
  const kinds = { ess: "ess_created", sequence: "sequence_created", update: "ess_updated", delete: "sequence_deleted" };
  expect(byRevision.map(({ kind, id }) => [kinds[kind], id])).toEqual(
    log.slice(1).map(({ kind, row_id }) => [kind, row_id]),
  );
  const created = (kind: string) => byRevision.filter((each) => each.kind === kind).map(({ id }) => id);
  expect(created("ess")).toEqual(created("ess").map((_, index) => index + 2));
  expect(created("sequence")).toEqual(created("sequence").map((_, index) => index + 1));
  // A write that had resolved before another started comes before it in the log.
  let latestStart = 0;
  for (const { started, resolved } of byRevision) {
    expect(resolved).toBeGreaterThan(latestStart);
    latestStart = Math.max(latestStart, started);
  }
}
