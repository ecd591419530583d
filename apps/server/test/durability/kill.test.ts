import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ChangeKind } from "../../src/store/port/rows.js";
import type { Store } from "../../src/store/port/store.js";
import { expectWhole, type ModuleData, readModule } from "./audit.fixture.js";
import { openBuiltStore, startChild } from "./built-store.fixture.js";

interface Acknowledgement {
  readonly moduleId: string;
  readonly kind: ChangeKind;
  readonly id: number;
  readonly revision: number;
  readonly context: string | null;
}

const rounds = 20;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eca-kill-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Lets writers write until a random moment; answers what they had acknowledged by then. */
async function runAndKill(seed: number, isEarly: boolean, delay: number): Promise<Acknowledgement[]> {
  const child = startChild("kill-writer.mjs", [folder, String(seed)]);
  if (!isEarly) await child.said("ready");
  await setTimeout(delay);
  child.process.kill("SIGKILL");
  const { lines, errors } = await child.ended();
  expect(errors).toBe("");
  expect(child.process.signalCode).toBe("SIGKILL");
  return lines.filter((line) => line !== "ready").map((line) => JSON.parse(line) as Acknowledgement);
}

const tableOf = (kind: ChangeKind) => kind.slice(0, kind.indexOf("_"));

/** Each acknowledged write is in the log, and its row is as it wrote it unless a later write is there too. */
function expectKept(acknowledged: readonly Acknowledgement[], { changes, ess, sequence }: ModuleData): void {
  const lastRevisions = new Map(changes.map(({ kind, row_id, revision }) => [`${tableOf(kind)} ${row_id}`, revision]));
  const contexts = new Map([...ess, ...sequence].map(({ revision, context }) => [revision, context]));
  const expected = acknowledged.map(({ kind, id, revision, context }) => {
    const isNewest = lastRevisions.get(`${tableOf(kind)} ${id}`) === revision && kind !== "sequence_deleted";
    return { kind, id, revision, context: isNewest ? context : undefined };
  });
  const found = acknowledged.map(({ revision }) => {
    const change = changes[revision - 1];
    return { kind: change?.kind, id: change?.row_id, revision, context: contexts.get(revision) };
  });
  expect(found).toEqual(expected);
}

async function audit(store: Store, acknowledged: readonly Acknowledgement[]): Promise<void> {
  const data = new Map<string, ModuleData>();
  for (const module of await store.modules({ order: "asc", limit: 100 })) {
    const whole = await readModule(store, module);
    await expectWhole(store, whole);
    expect([...whole.ess, ...whole.sequence].filter(({ context }) => context === "never")).toEqual([]);
    data.set(module.module_id, whole);
  }
  for (const moduleId of new Set(acknowledged.map((each) => each.moduleId))) {
    const own = acknowledged.filter((each) => each.moduleId === moduleId);
    expectKept(own, data.get(moduleId)!);
  }
  const states = data.get("pair of states")?.ess.slice(1) ?? [];
  const entries = data.get("pair of entries")?.sequence ?? [];
  expect(states.map(({ context }) => context)).toEqual(entries.map(({ context }) => context));
}

it(`nothing acknowledged is lost and nothing is half there after ${rounds} kills`, { timeout: 120_000 }, async () => {
  const seed = Number(process.env["KILL_SEED"] ?? Math.floor(Math.random() * 2 ** 31) + 1);
  const acknowledged: Acknowledgement[] = [];
  let round = 0;
  try {
    for (; round < rounds; round += 1) {
      // Some die while they open the store, the first one while it makes the database.
      const isEarly = round % 5 === 0;
      const delay = Math.imul(seed + round, 2_654_435_761) >>> 0;
      acknowledged.push(...(await runAndKill(seed + round, isEarly, delay % 200)));
      const store = await openBuiltStore(folder);
      await audit(store, acknowledged);
      await store.close();
    }
  } catch (error) {
    throw new Error(`round ${round}, KILL_SEED=${seed}`, { cause: error });
  }
  expect(acknowledged.length).toBeGreaterThan(rounds);
});

it("the folder of a store is held against other processes, and free once its process was killed", async () => {
  const child = startChild("kill-writer.mjs", [folder, "1"]);
  await child.said("ready");
  await expect(openBuiltStore(folder)).rejects.toThrow(`the data folder ${folder} is in use by another server`);
  child.process.kill("SIGKILL");
  await child.ended();
  const store = await openBuiltStore(folder);
  expect(await store.modules({ order: "asc", limit: 9 })).toHaveLength(5);
  await store.close();
});
