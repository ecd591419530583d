import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { naiveChain } from "./naive-chain.fixture.js";
import { LookUpBudget, type LookUps, predictByLookUps } from "./occurrence-look-ups.js";
import type { Prediction, Question } from "./predictor.js";

/** A log in memory, with gaps between its keys, that counts what is read of it. */
class Log implements LookUps {
  readonly #rows: readonly { key: number; id: number }[];
  readonly #budget: LookUpBudget;
  calls = 0;
  read = 0;

  constructor(ids: readonly number[], budget = new LookUpBudget(Infinity)) {
    this.#rows = ids.map((id, row) => ({ key: 10 + 3 * row, id }));
    this.#budget = budget;
  }

  async occurrences(id: number, limit: number): Promise<number[]> {
    const rows = this.#rows.slice(0, -1).filter((row) => row.id === id);
    return this.#noted(rows.toReversed().slice(0, limit)).map(({ key }) => key);
  }

  async before(key: number, limit: number) {
    const rows = this.#rows.filter((row) => row.key < key).toReversed();
    return this.#noted(rows.slice(0, limit));
  }

  async after(key: number): Promise<number | undefined> {
    return this.#noted(this.#rows.filter((row) => row.key > key).slice(0, 1))[0]?.id;
  }

  #noted<Row>(rows: Row[]): Row[] {
    this.calls += 1;
    this.read += rows.length;
    this.#budget.spend(1 + rows.length);
    return rows;
  }
}

const defaults = {
  range: Infinity,
  recall: Infinity,
  n: 1,
  match: "whole" as const,
  nearestOther: (id: number): number | undefined => (id % 6) + 1,
  pause: async (): Promise<void> => {},
};

type Asked = Pick<Question, "context"> & Partial<Omit<Question, "match" | "nearestOther">>;

async function ask(question: Asked, log: LookUps, budget = new LookUpBudget(Infinity)): Promise<Prediction[]> {
  const chain: Prediction[] = [];
  for await (const each of predictByLookUps({ ...defaults, ...question }, log, budget)) chain.push(each);
  return chain;
}

const ids = (alphabet: number, length: number) =>
  fc.array(fc.integer({ min: 1, max: alphabet }), { maxLength: length });

const aQuestion = fc.integer({ min: 1, max: 4 }).chain((alphabet) =>
  fc
    .record({
      log: ids(alphabet, 60),
      before: ids(alphabet + 1, 12),
      otherBefore: fc.option(ids(alphabet + 1, 12), { nil: undefined }),
      current: fc.integer({ min: 1, max: alphabet }),
      range: fc.oneof(fc.integer({ min: 1, max: 14 }), fc.constant(Infinity)),
      recall: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(Infinity)),
      n: fc.integer({ min: 0, max: 12 }),
      isLive: fc.boolean(),
    })
    .map(({ before, otherBefore, current, isLive, ...question }) => {
      const context = isLive && question.log.length > 0 ? question.log.slice(-before.length - 1) : [...before, current];
      return { ...question, context, otherwise: otherBefore && [...otherBefore, context.at(-1)!] };
    }),
);

describe("predictByLookUps", () => {
  it("predicts by the exact rule, whatever the question", async () => {
    await fc.assert(
      fc.asyncProperty(aQuestion, async ({ log, ...question }) => {
        expect(await ask(question, new Log(log))).toEqual(naiveChain({ ...defaults, ...question, log }));
      }),
      { numRuns: 2000 },
    );
  });

  it("ends where its budget is spent, and says so; its predictions until then are right", async () => {
    await fc.assert(
      fc.asyncProperty(aQuestion, fc.nat({ max: 120 }), async ({ log, ...question }, rows) => {
        const budget = new LookUpBudget(rows);
        const counted = new Log(log, budget);
        const chain = await ask(question, counted, budget);
        const expected = naiveChain({ ...defaults, ...question, log });
        expect(chain).toEqual(budget.isSpent ? expected.slice(0, chain.length) : expected);
        // A call is made before its rows are counted.
        expect(counted.read).toBeLessThanOrEqual(rows + log.length);
      }),
      { numRuns: 1000 },
    );
  });

  it("reads a few rows of a long log, however far back they lie", async () => {
    const noise = Array.from({ length: 5_000 }, (_, row) => 100 + row);
    const log = new Log([1, 2, 3, ...noise, 1, 2]);
    expect((await ask({ context: [1, 2], range: 2, recall: 2 }, log)).map(({ id }) => id)).toEqual([3]);
    expect(log.read).toBeLessThan(10);
  });

  it("reads of a long context as much as matches, and four times that", async () => {
    const log = new Log([...Array.from({ length: 1_000 }, (_, row) => row), 7, 8, 9, 5, 7, 8, 9]);
    const context = [...Array.from({ length: 1_000 }, (_, row) => 2 * row), 5, 7, 8, 9];
    const [prediction] = await ask({ context, range: 1_000, recall: 10 }, log);
    expect(prediction).toMatchObject({ source: "nearest" });
    expect(log.read).toBeLessThan(30);
  });

  it("looks nothing up twice", async () => {
    const log = new Log([9, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1]);
    await ask({ context: [3, 1], range: 2, recall: 2, n: 3 }, log);
    const { calls } = log;
    await ask({ context: [3, 1], range: 2, recall: 2, n: 3 * 100 }, log);
    expect(log.calls).toBe(2 * calls);
  });

  it("lets others have their turn while it works on what it knows", async () => {
    const log = new Log(Array.from({ length: 1_000 }, (_, row) => row % 2));
    let pauses = 0;
    const pause = async (): Promise<void> => void (pauses += 1);
    const budget = new LookUpBudget(Infinity);
    await ask({ context: [0, 1], range: 2, n: 1_000, pause }, log, budget);
    expect(pauses).toBeGreaterThan(40);
  });

  it("passes on what a look-up throws", async () => {
    const log = new Log([1, 2, 1]);
    log.after = () => Promise.reject(new Error("the store is closed"));
    await expect(ask({ context: [1] }, log)).rejects.toThrow("the store is closed");
  });

  it("refuses to look for parts of contexts", () => {
    const question = { ...defaults, context: [1], match: "longest" as const };
    expect(() => predictByLookUps(question, new Log([]), new LookUpBudget(9))).toThrow(RangeError);
  });
});
