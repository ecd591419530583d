import { successorCounts, toContexts } from "@eca/cortex";
import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { StateIndex } from "../search/state-index.js";
import { essContent, sequenceContent } from "../store/conformance/contents.fixture.js";
import { useFolder } from "../store/sqlite/use-folder.fixture.js";
import type { Reader, Store } from "../store/port/store.js";
import { createTimeSlice } from "../event-loop/time-slice.js";
import { predictChain } from "./chain.js";
import { openLog } from "./log.js";
import { Semaphore } from "../throttling/semaphore.js";

const folder = useFolder();
let store: Store;
let modules = 0;
const timeSlice = createTimeSlice();

beforeEach(async () => {
  store = await folder.open();
});

const states = 4;
/** The nearest other state is the next one, the last one's the first. */
const nearestTo = (id: number) => (id % states) + 1;
const index = {
  search: async (_moduleId: string, state: Float32Array) => [{ id: nearestTo(state[0]!), score: 1 }],
} as unknown as StateIndex;

interface Entry {
  readonly instance_id: number;
  readonly status: string;
  readonly predicted: boolean;
  readonly isDeleted: boolean;
}

async function moduleWith(entries: readonly Entry[]): Promise<string> {
  const name = `m${++modules}`;
  await store.transact(async (tx) => {
    await tx.insertModule(name, 1, 1);
    for (let id = 1; id <= states; id++) await tx.insertEss(name, essContent({ state: Float32Array.of(id) }), 1);
    for (const { isDeleted, ...content } of entries) {
      const { id } = await tx.insertSequence(name, { ...sequenceContent(content), predicted: content.predicted }, 1);
      if (isDeleted) await tx.deleteSequence(name, id, 2);
    }
  });
  return name;
}

const anEntry = fc.record({
  instance_id: fc.integer({ min: 1, max: states }),
  status: fc.constantFrom("n", "e"),
  predicted: fc.integer({ min: 0, max: 4 }).map((number) => number === 0),
  isDeleted: fc.integer({ min: 0, max: 6 }).map((number) => number === 0),
});

const ids = fc.array(fc.integer({ min: 1, max: states }), { maxLength: 6 });

const aQuestion = fc.record({
  range: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(Number.MAX_SAFE_INTEGER)),
  recall: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(Number.MAX_SAFE_INTEGER)),
  use_range_n_recall: fc.integer({ min: 0, max: 5 }).map((number) => number > 0),
  n: fc.integer({ min: 0, max: 8 }),
  status: fc.constantFrom(null, "n", "e"),
  current: fc.integer({ min: 1, max: states }),
  previous_state: fc.option(ids, { nil: null }),
  isLive: fc.boolean(),
});

type Drawn = typeof aQuestion extends fc.Arbitrary<infer T> ? T : never;

/** What a question comes to by a log that is in memory. */
async function expected(log: readonly number[], current: number, drawn: Drawn): Promise<number[]> {
  const { range, recall, n, use_range_n_recall: isLimited, previous_state: previous } = drawn;
  const run = log.toReversed().findIndex((id) => id !== current);
  const newest = run === -1 ? log.length : run;
  const end = isLimited ? log.slice(-range) : log;
  const contexts =
    previous === null ? { context: end.at(-1) === current ? end : [current] } : toContexts(current, previous, newest);
  const scope = isLimited
    ? { range, recall, match: "whole" as const }
    : { range: Infinity, recall: Infinity, match: "longest" as const };
  const chain: number[] = [];
  for await (const { id } of successorCounts.predict({
    ...scope,
    ...contexts,
    n,
    log,
    nearestOther: nearestTo,
    pause: async () => {},
  })) {
    chain.push(id);
  }
  return chain;
}

const request = { store_response: false, store_sequence: false };

/** The chain that the service answers, and what it has read. */
async function ask(name: string, drawn: Drawn, current: number, max: number, reader: Reader = store) {
  const { isLive: _, current: __, ...question } = drawn;
  const log = await openLog(reader, name, question.status);
  const budget = new Semaphore({ permits: max });
  const dependencies = { reader, index, predictor: successorCounts, budget, user: "ada", timeSlice };
  const body = { ...request, ...question, module_id: name, current_state: current };
  return predictChain(dependencies, body, current, log);
}

describe("predictChain", () => {
  it("says of any log what learning its newest rows says", async () => {
    const max = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(1_000_000));
    await fc.assert(
      fc.asyncProperty(
        fc.array(anEntry, { maxLength: 50 }),
        fc.array(fc.tuple(aQuestion, max), { minLength: 4, maxLength: 4 }),
        async (entries, questions) => {
          const name = await moduleWith(entries);
          for (const [drawn, max] of questions) {
            const log = entries
              .filter((entry) => !entry.isDeleted && !entry.predicted)
              .filter(({ status }) => drawn.status === null || status === drawn.status)
              .map(({ instance_id }) => instance_id);
            const current = drawn.isLive ? (log.at(-1) ?? drawn.current) : drawn.current;
            expect(await ask(name, drawn, current, max)).toEqual(await expected(log.slice(-max), current, drawn));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  const live: Omit<Drawn, "current"> = {
    range: 2,
    recall: 2,
    use_range_n_recall: true,
    n: 1,
    status: null,
    previous_state: null,
    isLive: true,
  };
  const observed = (instance_id: number, status = "n") => {
    return { instance_id, status, predicted: false, isDeleted: false };
  };

  /** The same store, with what is read of its log counted. */
  function counting(): { reader: Reader; read: () => number } {
    let rows = 0;
    const count = <Row>(read: readonly Row[]) => {
      rows += read.length;
      return read as Row[];
    };
    const reader: Reader = {
      ...store,
      observationPage: async (...given) => count(await store.observationPage(...given)),
      occurrencePage: async (...given) => count(await store.occurrencePage(...given)),
    };
    return { reader, read: () => rows };
  }

  it("reads a few rows of a long log, with the defaults of the wire", async () => {
    const name = await moduleWith(Array.from({ length: 3_000 }, (_, row) => observed((row % 3) + 1)));
    const { reader, read } = counting();
    expect(await ask(name, { ...live, current: 3 }, 3, 1_000_000, reader)).toEqual([1]);
    expect(read()).toBeLessThan(20);
  });

  it("reads a long log once where a question takes much of it", async () => {
    const name = await moduleWith(Array.from({ length: 3_000 }, (_, row) => observed((row % 3) + 1)));
    const { reader, read } = counting();
    const heavy = { ...live, current: 3, range: 100, recall: 1_000, n: 500 };
    expect(await ask(name, heavy, 3, 1_000_000, reader)).toHaveLength(500);
    expect(read()).toBeLessThan(3_000 + 1_500);
  });

  it("gives up on a status that is rare among many occurrences, and reads the log of that status", async () => {
    const entries = Array.from({ length: 6_000 }, (_, row) => observed((row % 2) + 1, row < 10 ? "e" : "n"));
    const name = await moduleWith([...entries, observed(1, "e")]);
    const { reader, read } = counting();
    expect(await ask(name, { ...live, current: 1, status: "e" }, 1, 1_000_000, reader)).toEqual([2]);
    expect(read()).toBeLessThan(2_500);
  });

  it("lets others have their turn while it looks a rare status up, and while it reads a log", async () => {
    const entries = Array.from({ length: 12_000 }, (_, row) => observed(1, row < 10 ? "e" : "n"));
    const name = await moduleWith([...entries, observed(1, "e")]);
    for (const more of [{ status: "e" as const }, { range: 2_000 }]) {
      let turns = 0;
      let isDone = false;
      const others = (): void => {
        turns += 1;
        if (!isDone) setImmediate(others);
      };
      setImmediate(others);
      await ask(name, { ...live, ...more, current: 1 }, 1, 1_000_000);
      isDone = true;
      expect(turns).toBeGreaterThan(0);
    }
  });

  it("asks for the nearest other state of each state once, however it goes about it", async () => {
    const name = await moduleWith(Array.from({ length: 3_000 }, (_, row) => observed(row === 0 ? 4 : (row % 3) + 1)));
    const asked: number[] = [];
    const searched = {
      search: async (_moduleId: string, state: Float32Array) => {
        asked.push(state[0]!);
        return [{ id: nearestTo(state[0]!), score: 1 }];
      },
    } as unknown as StateIndex;
    const dependencies = {
      reader: store,
      index: searched,
      predictor: successorCounts,
      budget: new Semaphore({ permits: 1_000_000 }),
      user: "ada",
      timeSlice,
    };
    const question = { ...request, ...live, module_id: name, current_state: 4, range: 500, recall: 3_000, n: 900 };
    const ids = await predictChain(
      dependencies,
      { ...question, previous_state: [2, 2] },
      4,
      await openLog(store, name, null),
    );
    expect(ids).toHaveLength(900);
    expect(asked.length).toBe(new Set(asked).size);
  });
});
