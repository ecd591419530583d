import * as fc from "fast-check";
import { expect, it } from "vitest";
import { addModule, essContent, sequenceContent } from "../../conformance/contents.fixture.js";
import type { Page, PageRows, Store } from "../../port/store.js";
import { Connection } from "../database/connection.js";
import { verifyDatabase } from "../maintenance/verify.js";
import { useFolder } from "../use-folder.fixture.js";

const folder = useFolder();

interface Entry {
  readonly id: number;
  predicted: boolean;
}

type Run = [first: number, last: number];

/** Predicted entries without an observation between them. */
function runsOf(entries: readonly Entry[]): Run[] {
  const runs: Run[] = [];
  let isOpen = false;
  for (const { id, predicted } of entries) {
    const run = runs.at(-1);
    if (predicted && isOpen && run !== undefined) run[1] = id;
    else if (predicted) runs.push([id, id]);
    isOpen = predicted;
  }
  return runs;
}

function storedRuns(): Run[] {
  const connection = new Connection(folder.database);
  const rows = connection
    .prepare("SELECT first_id, last_id FROM predicted_run WHERE module_id = 'm' ORDER BY first_id")
    .all([]);
  connection.close();
  return rows as readonly unknown[] as Run[];
}

async function walk(
  read: (page: Page) => Promise<PageRows<{ readonly id: number }>>,
  start: Pick<Page, "order" | "limit" | "maxBytes">,
): Promise<number[]> {
  const ids: number[] = [];
  for (let after: number | undefined; ;) {
    const page = await read({ ...start, ...(after !== undefined && { after }) });
    expect(page.length).toBeLessThanOrEqual(start.limit);
    ids.push(...page.map(({ id }) => id));
    if (page.next === undefined && page.length < start.limit) return ids;
    after = page.next ?? page.at(-1)?.id;
  }
}

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("add" as const),
      count: fc.integer({ min: 1, max: 6 }),
      predicted: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("mark" as const, "delete" as const), pick: fc.nat() }) },
);

async function write(
  store: Store,
  entries: Entry[],
  steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[],
) {
  await store.transact(async (tx) => {
    for (const each of steps) {
      if (each.kind === "add") {
        for (let index = 0; index < each.count; index++) {
          const { id } = await tx.insertSequence("m", { ...sequenceContent(), predicted: each.predicted }, 1);
          entries.push({ id, predicted: each.predicted });
        }
        continue;
      }
      const place = entries.length === 0 ? 0 : each.pick % entries.length;
      const entry = entries[place];
      if (entry === undefined) continue;
      if (each.kind === "mark") {
        await tx.markPredicted("m", entry.id, 1);
        entry.predicted = true;
      } else {
        await tx.deleteSequence("m", entry.id, 1);
        entries.splice(place, 1);
      }
    }
  });
}

it("observations are found between the runs of predictions, however entries are added, marked and deleted", async () => {
  const store = await folder.open();
  const entries: Entry[] = [];
  await store.transact(async (tx) => {
    await addModule(tx, "m");
    await tx.insertEss("m", essContent(), 1);
  });
  const page = fc.record({
    order: fc.constantFrom("asc" as const, "desc" as const),
    limit: fc.integer({ min: 1, max: 9 }),
    maxBytes: fc.integer({ min: 1, max: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), page, async (steps, wanted) => {
      await write(store, entries, steps);
      const observed = entries.filter(({ predicted }) => !predicted).map(({ id }) => id);
      const expected = wanted.order === "asc" ? observed : observed.toReversed();
      expect(await walk((at) => store.sequencePage("m", at, { predicted: "exclude" }), wanted)).toEqual(expected);
      expect(await walk((at) => store.observationPage("m", at), wanted)).toEqual(expected);
      expect((await store.latestSequence("m"))?.id).toBe(observed.at(-1));
      const runs = storedRuns();
      // Those of a run that is deleted as a whole are passed over for good.
      const isCovered = ([first, last]: Run) => runs.some(([from, to]) => from <= first && last <= to);
      expect(runsOf(entries).filter((run) => !isCovered(run))).toEqual([]);
      const isParted = ([, end]: Run, [next]: Run) => observed.some((id) => id > end && id < next);
      expect(runs.slice(1).filter((run, index) => !isParted(runs[index] as Run, run))).toEqual([]);
    }),
    { numRuns: 60 },
  );
  expect(verifyDatabase(folder.path).issues).toEqual([]);
});

it("predictions in a row are one run, before which the latest observation is found", async () => {
  const store = await folder.open();
  await store.transact(async (tx) => {
    await addModule(tx, "m");
    await tx.insertEss("m", essContent(), 1);
    await tx.insertSequence("m", sequenceContent(), 1);
    for (let count = 0; count < 300; count++)
      await tx.insertSequence("m", { ...sequenceContent(), predicted: true }, 1);
  });
  expect(storedRuns()).toEqual([[2, 301]]);
  expect(await store.latestSequence("m")).toMatchObject({ id: 1 });
});
