import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { SequenceContent } from "../port/rows.js";
import type { Store, Transaction } from "../port/store.js";
import { aggregateContent, anyEssContent, byBytes, essContent as plainContent, text } from "./contents.fixture.js";
import { StoreModel } from "./store-model.fixture.js";
import { type OpenStore, type StoreUnderTest, withStore } from "./use-store.fixture.js";

const modules = ["a", "b", "sum"] as const;
const moduleId = fc.constantFrom(...modules);
const plainState = fc.float({ noNaN: true, noDefaultInfinity: true }).map((number) => Float32Array.of(number));
const at = fc.integer({ min: 0, max: 1000 });
/** Which row of those there are, by a number that wraps around, or one that is not there. */
const pick = fc.integer({ min: 0, max: 12 });

const essContent = fc.oneof(
  { weight: 2, arbitrary: anyEssContent },
  fc
    .array(fc.record({ module_id: moduleId, id: fc.integer({ min: 1, max: 4 }) }), { minLength: 1, maxLength: 3 })
    .map(aggregateContent),
);
/** Some stores keep a long context in another place than a short one. */
const context = fc.oneof(text, fc.constantFrom("y".repeat(1024), "y".repeat(1025), "é".repeat(600)), fc.constant(null));
const sequenceContent = fc.record({ instance_id: pick, status: text, context });

const newEntry = fc
  .tuple(sequenceContent, fc.boolean())
  .map(([content, predicted]) => (predicted ? { ...content, predicted } : content));

const embeddingContent = fc.record({ input: text, hash: fc.constantFrom("h", "H", "i", "j", "") });

const configuration = fc.record({
  display_name: fc.option(text, { nil: null }),
  emotified_instances: fc.uniqueArray(
    fc.record({ id: fc.integer({ min: -3, max: 3 }), state: plainState, valence: fc.integer({ min: -90, max: 90 }) }),
    { selector: ({ id }) => id, maxLength: 4 },
  ),
});

const operation = fc.oneof(
  fc.record({ name: fc.constant("configureModule" as const), moduleId, configuration, at }),
  fc.record({ name: fc.constant("insertEss" as const), moduleId, content: essContent, at }),
  fc.record({ name: fc.constant("updateEss" as const), moduleId, pick, content: essContent, at }),
  fc.record({ name: fc.constant("insertSequence" as const), moduleId, content: newEntry, at }),
  fc.record({ name: fc.constant("updateSequence" as const), moduleId, pick, content: sequenceContent, at }),
  fc.record({ name: fc.constant("markPredicted" as const), moduleId, pick, at }),
  fc.record({ name: fc.constant("deleteSequence" as const), moduleId, pick, at }),
  fc.record({ name: fc.constant("putEmbedding" as const), moduleId, content: embeddingContent, at }),
  fc.record({ name: fc.constant("deleteEmbedding" as const), moduleId, pick, at }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ operations: fc.array(operation, { minLength: 1, maxLength: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ abandoned: fc.array(operation, { minLength: 1, maxLength: 6 }) }) },
  { weight: 1, arbitrary: fc.constant({ reopen: true as const }) },
);

type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** The same operation on both; returns what each of them returned. */
async function both(operation: Operation, tx: Transaction, model: StoreModel): Promise<[unknown, unknown]> {
  const { moduleId, at } = operation;
  const { ess, lastSequenceId, lastEmbeddingId } = model.modules.get(moduleId)!;
  const anyEss = (pick: number) => 1 + (pick % (ess.length + 2));
  const anySequence = (pick: number) => 1 + (pick % (lastSequenceId + 2));
  const withInstance = <Content extends SequenceContent>(content: Content) => {
    return { ...content, instance_id: 1 + (content.instance_id % ess.length) };
  };
  switch (operation.name) {
    case "configureModule": {
      const configuration = { ...operation.configuration, shape: model.modules.get(moduleId)!.row.shape };
      return [
        await tx.configureModule(moduleId, configuration, at),
        model.configureModule(moduleId, configuration, at),
      ];
    }
    case "insertEss": {
      const { content } = operation;
      return [await tx.insertEss(moduleId, content, at), model.insertEss(moduleId, content, at)];
    }
    case "updateEss": {
      const { content } = operation;
      const id = anyEss(operation.pick);
      return [await tx.updateEss(moduleId, id, content, at), model.updateEss(moduleId, id, content, at)];
    }
    case "insertSequence": {
      const content = withInstance(operation.content);
      return [await tx.insertSequence(moduleId, content, at), model.insertSequence(moduleId, content, at)];
    }
    case "updateSequence": {
      const content = withInstance(operation.content);
      const id = anySequence(operation.pick);
      return [await tx.updateSequence(moduleId, id, content, at), model.updateSequence(moduleId, id, content, at)];
    }
    case "markPredicted": {
      const id = anySequence(operation.pick);
      return [await tx.markPredicted(moduleId, id, at), model.markPredicted(moduleId, id, at)];
    }
    // A hash occurs once in a module, so that the row which has it is the one to be written over.
    case "putEmbedding": {
      const { content } = operation;
      const id = model.embeddingWith(moduleId, content.hash);
      return id === undefined
        ? [await tx.insertEmbedding(moduleId, content, at), model.insertEmbedding(moduleId, content, at)]
        : [await tx.updateEmbedding(moduleId, id, content, at), model.updateEmbedding(moduleId, id, content, at)];
    }
    case "deleteEmbedding": {
      const id = 1 + (operation.pick % (lastEmbeddingId + 2));
      return [await tx.deleteEmbedding(moduleId, id, at), model.deleteEmbedding(moduleId, id, at)];
    }
    default: {
      const id = anySequence(operation.pick);
      return [await tx.deleteSequence(moduleId, id, at), model.deleteSequence(moduleId, id, at)];
    }
  }
}

async function applyAll(operations: readonly Operation[], tx: Transaction, model: StoreModel): Promise<void> {
  for (const operation of operations) {
    const [actual, expected] = await both(operation, tx, model);
    expect(actual).toEqual(expected);
  }
}

/** Modules with a first state each, so that entries have something to refer to. */
async function start(tx: Transaction, model: StoreModel): Promise<void> {
  for (const moduleId of modules) {
    expect(await tx.insertModule(moduleId, 1, 1)).toEqual(model.insertModule(moduleId, 1, 1));
    expect(await tx.insertEss(moduleId, plainContent(), 1)).toEqual(model.insertEss(moduleId, plainContent(), 1));
  }
}

/** Everything that the store can be asked, against the model. */
async function expectEqual(store: Store, model: StoreModel): Promise<void> {
  const asc = { order: "asc", limit: 1000 } as const;
  const desc = { order: "desc", limit: 1000 } as const;
  const rows = [...model.modules.values()].map(({ row }) => row);
  expect(await store.modules({ order: "asc", limit: 9 })).toEqual(
    rows.toSorted((a, b) => byBytes(a.module_id, b.module_id)),
  );
  for (const [moduleId, { row, ess, sequence, embeddings, changes, instances }] of model.modules) {
    const entries = [...sequence.values()];
    const [observed, predicted] = [entries.filter((each) => !each.predicted), entries.filter((each) => each.predicted)];
    expect(await store.emotifiedInstances(moduleId)).toEqual(instances);
    expect(await store.module(moduleId)).toEqual(row);
    expect(await store.essPage(moduleId, asc)).toEqual(ess);
    expect(await store.essPage(moduleId, desc)).toEqual(ess.toReversed());
    expect(await store.states(moduleId, { limit: 1000 })).toEqual(ess.map(({ id, state }) => ({ id, state })));
    expect(await store.sequencePage(moduleId, asc)).toEqual(entries);
    expect(await store.sequencePage(moduleId, asc, { predicted: "exclude" })).toEqual(observed);
    expect(await store.sequencePage(moduleId, desc, { predicted: "only" })).toEqual(predicted.toReversed());
    expect(await store.latestSequence(moduleId)).toEqual(observed.at(-1));
    expect(await store.observationPage(moduleId, desc)).toEqual(
      observed.map(({ id, instance_id }) => ({ id, instance_id })).toReversed(),
    );
    for (const { id: instanceId } of ess) {
      const occurrences = observed.filter(({ instance_id }) => instance_id === instanceId);
      expect(await store.occurrencePage(moduleId, instanceId, asc)).toEqual(
        occurrences.map(({ id, status }) => ({ id, status })),
      );
    }
    expect(await store.sequenceEssPage(moduleId, desc)).toEqual(
      entries.map(({ id, instance_id }) => ({ sequence_id: id, ess: ess[instance_id - 1] })).toReversed(),
    );
    expect(await store.embeddingPage(moduleId, asc)).toEqual([...embeddings.values()]);
    for (const embedding of embeddings.values()) {
      expect(await store.embeddingByHash(moduleId, embedding.hash)).toEqual(embedding);
    }
    expect(await store.changes(moduleId, { after: 0, limit: 1000 })).toEqual(changes);
    for (const { embedding_input } of ess) {
      if (embedding_input === null) continue;
      const first = ess.find((each) => each.embedding_input === embedding_input);
      expect(await store.essByEmbedding(moduleId, embedding_input)).toEqual(first);
    }
    for (const component of modules.flatMap((module_id) => [1, 2, 3, 4].map((id) => ({ module_id, id })))) {
      const found = await store.aggregatesOf(component.module_id, component.id, moduleId, asc);
      expect(found).toEqual(model.aggregatesOf(component.module_id, component.id, moduleId));
    }
  }
}

/** One step of a history, on both. */
async function follow(command: Command, subject: StoreUnderTest, model: StoreModel): Promise<void> {
  if ("reopen" in command) {
    await subject.reopen();
    await expectEqual(subject.store, model);
  } else if ("operations" in command) {
    await subject.store.transact((tx) => applyAll(command.operations, tx, model));
  } else {
    const abandonment = new Error("abandoned");
    const abandoned = subject.store.transact(async (tx) => {
      await applyAll(command.abandoned, tx, model.copy());
      throw abandonment;
    });
    await assertRejectsWith(abandoned, abandonment);
  }
}

async function assertRejectsWith(promise: Promise<unknown>, error: Error): Promise<void> {
  await expect(promise).rejects.toBe(error);
}

/** Any history at all, with units of work that fail and stores that are opened anew, leads to the model's state. */
export function describeModel(open: OpenStore): void {
  it("any history of writes leaves what the model has, its change log included", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 4, maxLength: 14 }), (commands) =>
        withStore(open, async (subject) => {
          const model = new StoreModel();
          await subject.store.transact((tx) => start(tx, model));
          for (const command of commands) await follow(command, subject, model);
          await expectEqual(subject.store, model);
          await subject.reopen();
          await expectEqual(subject.store, model);
        }),
      ),
      // A counterexample is reported before the test runs out of time, if need be a large one.
      { numRuns: 25, plugins: [fc.interruptAfterTimeLimit(15_000)] },
    );
  });
}
