import { expect } from "vitest";
import type { ChangeRow, EssRow, ModuleRow, SequenceRow } from "../../src/store/port/rows.js";
import type { Store } from "../../src/store/port/store.js";

const pageSize = 1000;

/** All pages of a list; `after` is the key of the last row that was read. */
async function readAll<Row>(read: (after: number) => Promise<Row[]>, keyOf: (row: Row) => number): Promise<Row[]> {
  const rows: Row[] = [];
  for (let after = 0; ; after = keyOf(rows.at(-1)!)) {
    const page = await read(after);
    rows.push(...page);
    if (page.length < pageSize) return rows;
  }
}

/** One module, whole. */
export interface ModuleData {
  readonly module: ModuleRow;
  readonly ess: readonly EssRow[];
  readonly sequence: readonly SequenceRow[];
  readonly changes: readonly ChangeRow[];
}

export async function readModule(store: Store, module: ModuleRow): Promise<ModuleData> {
  const { module_id: moduleId } = module;
  const order = "asc";
  const limit = pageSize;
  return {
    module,
    ess: await readAll(
      (after) => store.essPage(moduleId, { order, limit, after }),
      (row) => row.id,
    ),
    sequence: await readAll(
      (after) => store.sequencePage(moduleId, { order, limit, after }),
      (row) => row.id,
    ),
    changes: await readAll(
      (after) => store.changes(moduleId, { after, limit }),
      (row) => row.revision,
    ),
  };
}

/** A row as the change log alone tells of it. */
type Told = Pick<EssRow, "id" | "revision" | "created_at" | "updated_at">;

function fromChanges(changes: readonly ChangeRow[], table: "ess" | "sequence") {
  const rows = new Map<number, Told>();
  const created: number[] = [];
  for (const { kind, row_id: id, revision, at } of changes) {
    if (kind === `${table}_created`) {
      created.push(id);
      rows.set(id, { id, revision, created_at: at, updated_at: at });
    } else if (kind === `${table}_updated`) {
      rows.set(id, { ...rows.get(id)!, revision, updated_at: at });
    } else if (kind === `${table}_deleted`) {
      rows.delete(id);
    }
  }
  return { rows: [...rows.values()], created };
}

const pick = ({ id, revision, created_at, updated_at }: Told): Told => ({ id, revision, created_at, updated_at });

/**
 * Nothing is half there: rows, change log and counters of a module agree, its revisions and ids
 * have no gap, and each aggregate is found by its components.
 */
export async function expectWhole(store: Store, { module, ess, sequence, changes }: ModuleData): Promise<void> {
  expect(changes.map(({ revision }) => revision)).toEqual(changes.map((_, index) => index + 1));
  const changedEss = fromChanges(changes, "ess");
  const changedSequence = fromChanges(changes, "sequence");
  expect(changedEss.created).toEqual(changedEss.created.map((_, index) => index + 1));
  expect(changedSequence.created).toEqual(changedSequence.created.map((_, index) => index + 1));
  expect(ess.map(pick)).toEqual(changedEss.rows);
  expect(sequence.map(pick)).toEqual(changedSequence.rows);
  expect(module).toMatchObject({
    ess_count: ess.length,
    sequence_count: sequence.length,
    revision: changes.length,
    ess_revision: changes.findLast(({ kind }) => kind.startsWith("ess_"))?.revision ?? 0,
    last_activity_at: changes.reduce((latest, { at }) => Math.max(latest, at), module.created_at),
  });
  await expectFoundByComponents(store, module.module_id, ess);
}

async function expectFoundByComponents(store: Store, moduleId: string, ess: readonly EssRow[]): Promise<void> {
  const byComponent = new Map<string, number[]>();
  for (const row of ess) {
    const keys = row.aggregate_id.map((id, index) => JSON.stringify([row.aggregate_module_id[index], id]));
    for (const key of new Set(keys)) byComponent.set(key, [...(byComponent.get(key) ?? []), row.id]);
  }
  for (const [key, expected] of byComponent) {
    const [componentModule, id] = JSON.parse(key) as [string, number];
    const found = await store.aggregatesOf(componentModule, id, moduleId, { order: "asc", limit: 100_000 });
    expect(found.map((row) => row.id)).toEqual(expected);
  }
}
