import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { naiveChain } from "./naive-chain.fixture.js";
import type { LoggedQuestion, Prediction } from "./predictor.js";
import { successorCounts } from "./successor-counts.js";

/** An id that no log of these tests holds. */
const elsewhere = 99;

const defaults = {
  range: Infinity,
  recall: Infinity,
  n: 1,
  match: "whole" as LoggedQuestion["match"],
  nearestOther: (): number | undefined => elsewhere,
  pause: async (): Promise<void> => {},
};

async function predict(
  question: Pick<LoggedQuestion, "log" | "context"> & Partial<LoggedQuestion>,
): Promise<Prediction[]> {
  const chain: Prediction[] = [];
  for await (const prediction of successorCounts.predict({ ...defaults, ...question })) chain.push(prediction);
  return chain;
}

function history(id: number, contextLength: number, votes: number, total: number): Prediction {
  return { id, source: "history", evidence: [{ contextLength, votes, total }] };
}

const nearest = (id: number): Prediction => ({ id, source: "nearest", evidence: [] });

describe("the vote", () => {
  it("goes to what most often followed the current state", async () => {
    expect(await predict({ log: [1, 2, 1, 3, 1, 2, 1], context: [1] })).toEqual([history(2, 1, 2, 3)]);
  });

  it("goes to the most recent of equally frequent followers, whatever their ids", async () => {
    expect(await predict({ log: [1, 2, 1, 3, 1], context: [1] })).toEqual([history(3, 1, 1, 2)]);
    expect(await predict({ log: [1, 3, 1, 2, 1], context: [1] })).toEqual([history(2, 1, 1, 2)]);
    expect(await predict({ log: [1, 2, 1, 3, 1, 3, 1, 2, 1], context: [1] })).toEqual([history(2, 1, 2, 4)]);
  });

  it("is held among the occurrences of the whole context", async () => {
    const log = [5, 1, 2, 6, 1, 3, 6, 1, 3, 5, 1];
    expect(await predict({ log, context: [1] })).toEqual([history(3, 1, 2, 3)]);
    expect(await predict({ log, context: [5, 1] })).toEqual([history(2, 2, 1, 1)]);
    expect(await predict({ log, context: [3, 6, 1] })).toEqual([history(3, 3, 1, 1)]);
    // The first 5, 1 has nothing before it that could differ.
    expect(await predict({ log, context: [3, 5, 1] })).toEqual([history(2, 3, 1, 1)]);
    expect(await predict({ log, context: [9, 6, 1] })).toEqual([nearest(elsewhere)]);
  });

  it("is held among those of the longest part of it that is found again, where that is asked for", async () => {
    const log = [5, 1, 2, 6, 1, 3, 6, 1, 3, 5, 1];
    expect(await predict({ log, context: [9, 6, 1], match: "longest" })).toEqual([history(3, 2, 2, 2)]);
    expect(await predict({ log, context: [9, 9, 1], match: "longest" })).toEqual([history(3, 1, 2, 3)]);
    expect(await predict({ log, context: [3, 6, 1], match: "longest" })).toEqual([history(3, 3, 1, 1)]);
  });

  it("counts occurrences that overlap, and those that the log begins with", async () => {
    expect(await predict({ log: [1, 1, 1, 1, 2], context: [1, 1] })).toEqual([history(1, 2, 3, 4)]);
    expect(await predict({ log: [3, 1, 1, 1, 1, 2], context: [1, 1] })).toEqual([history(1, 2, 2, 3)]);
  });

  it("says nothing of the newest row, which nothing follows", async () => {
    expect(await predict({ log: [2, 3, 1], context: [1] })).toEqual([nearest(elsewhere)]);
    expect(await predict({ log: [1], context: [1] })).toEqual([nearest(elsewhere)]);
  });

  it("takes a log of any kind of numbers", async () => {
    const ids = [2 ** 40, 7, 2 ** 40, 8, 2 ** 40, 7];
    const expected = [history(7, 1, 2, 3)];
    expect(await predict({ log: ids, context: [2 ** 40] })).toEqual(expected);
    expect(await predict({ log: Float64Array.from(ids), context: [2 ** 40] })).toEqual(expected);
    expect(await predict({ log: Int32Array.of(1, 7, 1, 8, 1, 7), context: [1] })).toEqual(expected);
  });
});

describe("range", () => {
  const log = [7, 4, 1, 2, 9, 3, 1, 2, 8, 5, 1, 2, 8, 4, 1, 2];

  it("is the length of the context, the current state included", async () => {
    const context = [4, 1, 2];
    expect(await predict({ log, context, range: 3 })).toEqual([history(9, 3, 1, 1)]);
    expect(await predict({ log, context, range: 2 })).toEqual([history(8, 2, 2, 3)]);
    expect(await predict({ log, context, range: 1 })).toEqual([history(8, 1, 2, 3)]);
  });

  it("may be shorter than the context, or longer", async () => {
    expect(await predict({ log, context: [7, 7, 7, 4, 1, 2], range: 2 })).toEqual([history(8, 2, 2, 3)]);
    expect(await predict({ log, context: [1, 2], range: 300 })).toEqual([history(8, 2, 2, 3)]);
  });

  it("bounds the context as it grows along the chain", async () => {
    const log = [2, 1, 1, 1, 1, 1, 1, 1, 1];
    const lengths = async (range: number): Promise<unknown[]> =>
      (await predict({ log, context: [1], range, n: 4 })).map(({ evidence }) => evidence[0]?.contextLength);
    expect(await lengths(2)).toEqual([1, 2, 2, 2]);
    expect(await lengths(Infinity)).toEqual([1, 2, 3, 4]);
  });

  it("reaches no further back than the log", async () => {
    // Row 1 has two rows of context, which are those of the question; row 4 has five, which are not.
    const log = [1, 2, 3, 9, 2, 4, 1, 2];
    expect(await predict({ log, context: [7, 7, 1, 2], range: 4 })).toEqual([history(3, 4, 1, 1)]);
    expect(await predict({ log, context: [7, 7, 5, 2], range: 4 })).toEqual([nearest(elsewhere)]);
  });
});

describe("recall", () => {
  const log = [1, 2, 1, 2, 1, 3, 4, 4, 4, 4];

  it("counts that many of the newest occurrences of the current state, however far back they lie", async () => {
    expect(await predict({ log, context: [1], recall: 1 })).toEqual([history(3, 1, 1, 1)]);
    expect(await predict({ log, context: [1], recall: 2 })).toEqual([history(3, 1, 1, 2)]);
    expect(await predict({ log, context: [1], recall: 3 })).toEqual([history(2, 1, 2, 3)]);
    expect(await predict({ log, context: [1], recall: 300 })).toEqual([history(2, 1, 2, 3)]);
  });

  it("counts them before it looks at their context", async () => {
    const log = [5, 1, 2, 6, 1, 3, 6, 1, 3];
    expect(await predict({ log, context: [5, 1], recall: 2 })).toEqual([nearest(elsewhere)]);
    expect(await predict({ log, context: [5, 1], recall: 3 })).toEqual([history(2, 2, 1, 1)]);
  });

  it("does not count the newest row, which nothing has followed", async () => {
    expect(await predict({ log: [1, 2, 3, 1], context: [1], recall: 1 })).toEqual([history(2, 1, 1, 1)]);
  });
});

describe("otherwise", () => {
  const log = [2, 1, 1, 3, 2, 1, 1, 3, 2];
  const [twice, once] = [
    [2, 1, 1],
    [2, 1],
  ];

  it("is another reading, for where nothing votes", async () => {
    expect(await predict({ log, context: twice, otherwise: once })).toEqual([history(3, 3, 2, 2)]);
    expect(await predict({ log, context: once, otherwise: twice })).toEqual([history(1, 2, 2, 2)]);
    const without = [2, 1, 3, 2, 1, 3, 2];
    expect(await predict({ log: without, context: twice, otherwise: once })).toEqual([history(3, 2, 2, 2)]);
  });

  it("holds for the whole chain", async () => {
    const without = [2, 1, 3, 2, 1, 3, 2];
    const chain = await predict({ log: without, context: twice, otherwise: once, n: 4 });
    expect(chain.map(({ id }) => id)).toEqual([3, 2, 1, 3]);
  });

  it("is taken where neither is known, which changes no prediction", async () => {
    expect(await predict({ log, context: [8, 8, 9], otherwise: [8, 9] })).toEqual([nearest(elsewhere)]);
  });
});

describe("the chain", () => {
  it("has each step follow from the ones before", async () => {
    expect(await predict({ log: [9, 1, 2, 3, 1, 2, 4, 1], context: [3, 1], n: 4 })).toEqual([
      history(2, 2, 1, 1),
      history(4, 3, 1, 1),
      history(1, 4, 1, 1),
      nearest(elsewhere),
    ]);
  });

  it("adds nothing to the log", async () => {
    const log = [1, 1, 2];
    const chain = await predict({ log, context: [1], range: 1, n: 5 });
    // 1 was followed by 1 and by 2, once each, and stays so; nothing ever followed 2.
    expect(chain.map(({ id }) => id)).toEqual([2, elsewhere, elsewhere, elsewhere, elsewhere]);
    expect(log).toEqual([1, 1, 2]);
  });

  it("is empty for n = 0, and looks at nothing", async () => {
    const log = new Proxy([1, 2, 1], {
      get: () => {
        throw new Error("read");
      },
    });
    expect(await predict({ log, context: [1], n: 0 })).toEqual([]);
  });

  it("stops its work with its reader", async () => {
    const asked: number[] = [];
    const nearestOther = (id: number): number => {
      asked.push(id);
      return id + 1;
    };
    const question = { ...defaults, log: [], context: [1], n: 1000, nearestOther };
    for await (const { id } of successorCounts.predict(question)) if (id === 4) break;
    expect(asked).toEqual([1, 2, 3]);
  });

  it("is the same every time", async () => {
    const question = { log: [1, 2, 1, 3, 2, 1, 3, 1, 2], context: [1, 2], n: 50, range: 3, recall: 8 };
    const first = JSON.stringify(await predict(question));
    expect(JSON.stringify(await predict(question))).toBe(first);
    expect(JSON.parse(first)).toHaveLength(50);
  });

  it("can be 10,000 steps long", async () => {
    const log = Array.from({ length: 1000 }, (_, row) => (row % 7 === 0 ? 1 : 2));
    const chain = await predict({ log, context: [2], n: 10_000, range: 5 });
    expect(chain).toHaveLength(10_000);
    expect(new Set(chain.map(({ source }) => source))).toEqual(new Set(["history"]));
  });
});

describe("the nearest other ESS", () => {
  const temperatures = new Map([
    [1, 25],
    [2, 24],
    [3, 23.1],
    [4, 23],
    [5, 22],
    [6, 26],
  ]);

  function nearestTemperature(id: number): number | undefined {
    const distance = (other: number): number => Math.abs((temperatures.get(other) ?? 0) - (temperatures.get(id) ?? 0));
    const others = [...temperatures.keys()].filter((other) => other !== id);
    return others.toSorted((a, b) => distance(a) - distance(b) || a - b)[0];
  }

  it("continues from 25 by 24, 23.1 and 23, although 26 is as near", async () => {
    const chain = await predict({ log: [1], context: [1], n: 3, nearestOther: nearestTemperature });
    expect(chain).toEqual([nearest(2), nearest(3), nearest(4)]);
    expect(chain.map(({ id }) => temperatures.get(id))).toEqual([24, 23.1, 23]);
  });

  it("may lead back to where it was", async () => {
    const chain = await predict({ log: [], context: [1], n: 6, nearestOther: nearestTemperature });
    expect(chain.map(({ id }) => temperatures.get(id))).toEqual([24, 23.1, 23, 23.1, 23, 23.1]);
  });

  it("is waited for", async () => {
    const nearestOther = async (id: number): Promise<number> => {
      await nextTurn();
      return id + 1;
    };
    expect(await predict({ log: [], context: [1], n: 3, nearestOther })).toEqual([nearest(2), nearest(3), nearest(4)]);
  });

  it("ends the chain where there is none", async () => {
    expect(await predict({ log: [1], context: [1], n: 5, nearestOther: () => undefined })).toEqual([]);
    const chain = await predict({ log: [1, 2], context: [1], n: 5, nearestOther: () => undefined });
    expect(chain).toEqual([history(2, 1, 1, 1)]);
  });

  it("is not asked for while the log speaks, and once for each id", async () => {
    const asked: number[] = [];
    const nearestOther = (id: number): number => {
      asked.push(id);
      return 1;
    };
    const chain = await predict({ log: [1, 2, 3], context: [1], n: 6, range: 1, nearestOther });
    expect(chain.map(({ id }) => id)).toEqual([2, 3, 1, 2, 3, 1]);
    expect(asked).toEqual([3]);
  });

  it("may be an id that the log does not hold", async () => {
    const nearestOther = (id: number): number => (id === 7 ? 8 : 1);
    const chain = await predict({ log: [1, 2, 1, 2], context: [7], n: 3, range: 1, nearestOther });
    expect(chain).toEqual([nearest(8), nearest(1), history(2, 1, 2, 2)]);
  });

  it("passes its failure on", async () => {
    const nearestOther = async (): Promise<number> => {
      throw new Error("the index is closed");
    };
    await expect(predict({ log: [], context: [1], nearestOther })).rejects.toThrow("the index is closed");
  });
});

const aScope = fc.record({
  range: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(Infinity)),
  recall: fc.oneof(fc.integer({ min: 1, max: 45 }), fc.constant(Infinity)),
  n: fc.integer({ min: 0, max: 12 }),
  match: fc.constantFrom<LoggedQuestion["match"]>("whole", "whole", "longest"),
});

/** Small alphabets repeat much; the context may hold an id that the log does not. */
const aQuestion = fc.integer({ min: 1, max: 4 }).chain((alphabet) =>
  fc.record({
    log: fc.array(fc.integer({ min: 1, max: alphabet }), { maxLength: 40 }),
    context: fc.array(fc.integer({ min: 1, max: alphabet + 1 }), { minLength: 1, maxLength: 9 }),
    otherBefore: fc.option(fc.array(fc.integer({ min: 1, max: alphabet + 1 }), { maxLength: 9 }), { nil: undefined }),
    scope: aScope,
    nearestOther: fc.constantFrom(
      (id: number): number | undefined => (id % (alphabet + 2)) + 1,
      (id: number): number | undefined => (id > 1 ? id - 1 : undefined),
      (): undefined => undefined,
    ),
  }),
);

type Drawn = typeof aQuestion extends fc.Arbitrary<infer T> ? T : never;

/** The question, about another context where one is given; both of its readings end with the same state. */
function toQuestion({ scope, otherBefore, ...question }: Drawn, context: readonly number[] = question.context) {
  const otherwise = otherBefore && [...otherBefore, context.at(-1)!];
  return { ...question, ...scope, context, otherwise };
}

describe("any question", () => {
  it("is predicted by the exact rule", async () => {
    await fc.assert(
      fc.asyncProperty(aQuestion, async (drawn) => {
        const question = toQuestion(drawn);
        expect(await predict(question)).toEqual(naiveChain(question));
      }),
      { numRuns: 3000 },
    );
  });

  it("is predicted by the rule where the context is the end of the log, as it is for a live twin", async () => {
    await fc.assert(
      fc.asyncProperty(aQuestion, fc.integer({ min: 1, max: 9 }), async (drawn, length) => {
        fc.pre(drawn.log.length > 0);
        const live = toQuestion(drawn, drawn.log.slice(-length));
        expect(await predict(live)).toEqual(naiveChain(live));
      }),
      { numRuns: 2000 },
    );
  });

  it("is predicted by the rule where the log repeats itself from its beginning on", async () => {
    const period = fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        aQuestion,
        period,
        fc.nat({ max: 40 }),
        fc.nat({ max: 6 }),
        async (given, period, rows, more) => {
          const repeated = Array.from({ length: rows }, (_, row) => period[row % period.length]!);
          const log = [...repeated, ...given.log.slice(0, more)];
          const asked = { ...toQuestion(given, [...given.context.slice(0, more), ...repeated, 1]), log };
          expect(await predict(asked)).toEqual(naiveChain(asked));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("a number outside its range", () => {
  const question = { ...defaults, log: [1, 2], context: [1] };

  it.each([
    ["range", 0],
    ["range", 1.5],
    ["range", Number.NaN],
    ["recall", 0],
    ["recall", -1],
    ["n", -1],
    ["n", Infinity],
    ["n", 0.5],
  ])("is refused at once, by its name: %s = %d", (name, value) => {
    expect(() => successorCounts.predict({ ...question, [name]: value })).toThrow(RangeError);
    expect(() => successorCounts.predict({ ...question, [name]: value })).toThrow(`${name} is ${value}`);
  });

  it("is refused for an empty context", () => {
    expect(() => successorCounts.predict({ ...question, context: [] })).toThrow(/context.* is 0/);
    expect(() => successorCounts.predict({ ...question, otherwise: [1, 2] })).toThrow(/current state/);
  });
});

describe("pause", () => {
  async function pausesOf(rows: number, n: number): Promise<number> {
    let pauses = 0;
    const pause = async (): Promise<void> => {
      pauses += 1;
    };
    await predict({ log: new Int32Array(rows).fill(1), context: [1], n, pause });
    return pauses;
  }

  it("is not needed for a short log and chain", async () => {
    expect(await pausesOf(100, 100)).toBe(0);
  });

  it("comes after every thousand rows and steps at the latest", async () => {
    expect(await pausesOf(50_000, 1)).toBeGreaterThanOrEqual(49);
    expect(await pausesOf(10, 10_000)).toBeGreaterThanOrEqual(9);
  });

  it("lets others run before the first step", async () => {
    let turns = 0;
    const finished = new AbortController();
    const others = async (): Promise<void> => {
      while (!finished.signal.aborted) {
        await nextTurn();
        turns += 1;
      }
    };
    const running = others();
    await predict({ log: new Int32Array(20_000).fill(1), context: [1], pause: () => nextTurn() });
    finished.abort();
    await running;
    expect(turns).toBeGreaterThan(10);
  });

  it("can end the work by throwing", async () => {
    const pause = async (): Promise<void> => {
      throw new Error("the caller has left");
    };
    await expect(predict({ log: new Int32Array(5000), context: [1], pause })).rejects.toThrow("the caller has left");
  });
});
