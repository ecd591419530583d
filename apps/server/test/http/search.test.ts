import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { bruteForce, scoreOf } from "../../src/search/oracle.fixture.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

interface Match {
  readonly score: number;
  readonly ess: { readonly id: number; readonly state: number[] };
}

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

const create = (module_id: string, state: number[]) => server.post("/v1/ess", { module_id, state, valence: 0 });

async function search(module_id: string, state: number[], limit?: number): Promise<Match[]> {
  const { json } = await server.post("/v1/ess/search", { module_id, state, limit });
  return json as Match[];
}

describe("search", () => {
  it("gives the known answers", async () => {
    await create("five", [18, 70, 15, 1, 25]);
    const [match] = await search("five", [20, 70, 10, 2, 29]);
    expect(match?.score).toBe(6.78233);
    await create("one", [28]);
    expect((await search("one", [29]))[0]?.score).toBe(1);
  });

  it("has nothing to find in an unknown module", async () => {
    const answer = await server.post("/v1/ess/search", { module_id: "nobody", state: [1] });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe("[]");
  });

  it("answers one match by default, and all where the limit is beyond", async () => {
    for (const number of [1, 2, 3]) await create("limits", [number]);
    expect(await search("limits", [2])).toHaveLength(1);
    expect((await search("limits", [2], 100)).map((match) => match.ess.id)).toEqual([2, 1, 3]);
  });

  it.each([
    ["another shape", { module_id: "refusals", state: [1, 2] }],
    ["limit 0", { module_id: "refusals", state: [1], limit: 0 }],
    ["a number beyond f32", { module_id: "refusals", state: [1e39] }],
  ])("refuses %s", async (_name, body) => {
    await create("refusals", [1]);
    expect((await server.post("/v1/ess/search", body)).status).toBe(400);
  });

  it.each([
    [
      "no 32-bit score shows the difference",
      [
        [1, 1e-4],
        [1, 0],
      ],
      [0, 0],
    ],
    [
      "a pressure hides a temperature",
      [
        [101_325, 20.01],
        [101_325, 20],
      ],
      [101_000, 20],
    ],
    ["no 32-bit float reaches the distances", [[-3.4e38], [-1e38]], [3.4e38]],
  ])("finds the nearer of two states first where %s", async (_name, [farther = [], nearer = []], query) => {
    const moduleId = `nearer of ${farther.join()}`;
    await create(moduleId, farther);
    await create(moduleId, nearer);
    expect((await search(moduleId, query, 2)).map(({ ess }) => ess.id)).toEqual([2, 1]);
    expect((await search(moduleId, query)).map(({ ess }) => ess.id)).toEqual([2]);
  });

  it("predicts the nearer other state where no score shows which one that is", async () => {
    for (const state of [
      [0, 0],
      [1, 1e-4],
      [1, 0],
    ])
      await create("silent", state);
    await server.post("/v1/sequence", { module_id: "silent", instance_id: 1 });
    const { json } = await server.post("/v1/predictions/raw", { module_id: "silent", current_state: 1 });
    expect(json).toMatchObject({ next_state: [{ list: [{ ess_id: 3 }] }] });
  });

  it("finds the lower id first where the squares are the same in another order", async () => {
    const numbers = [0.1, 0.2, 0.3, 0.7];
    for (const turn of [0, 1, 2, 3]) await create("turns", [...numbers.slice(turn), ...numbers.slice(0, turn)]);
    for (const limit of [1, 2, 3, 4]) {
      const found = await search("turns", [0, 0, 0, 0], limit);
      expect(found.map(({ ess }) => ess.id)).toEqual([1, 2, 3, 4].slice(0, limit));
    }
  });

  it("prints a distance beyond 32-bit floats as a 64-bit one", async () => {
    await create("apart", [3e38, 3e38]);
    const [from, to] = [Math.fround(-3e38), Math.fround(3e38)];
    expect(await search("apart", [-3e38, -3e38])).toMatchObject([{ score: Math.sqrt(2 * (to - from) ** 2) }]);
  });

  it("scores 0 for the identical state alone, however near another one is", async () => {
    const smallest = 2 ** -149;
    await create("tiny", [smallest, 0]);
    expect((await search("tiny", [0, 0]))[0]?.score).toBe(Number("1e-45"));
    expect((await search("tiny", [smallest, 0]))[0]?.score).toBe(0);
    await create("tiny", [1e-45, 1e-45]);
    expect((await search("tiny", [smallest, 0], 2)).map(({ score }) => score > 0)).toEqual([false, true]);
  });

  it("sees a write as soon as it is acknowledged, an update too", async () => {
    for (let number = 1; number <= 20; number++) {
      await create("fresh", [number * 10]);
      expect((await search("fresh", [number * 10]))[0]).toMatchObject({ score: 0, ess: { id: number } });
    }
    await server.patch("/v1/ess/fresh/5", { module_id: "fresh", state: [1000.5], valence: 0 });
    expect((await search("fresh", [1000.5]))[0]).toMatchObject({ score: 0, ess: { id: 5 } });
    expect((await search("fresh", [50]))[0]?.score).toBe(10);
  });

  it("is equal to a brute-force search, ties and duplicates included, and after a restart", async () => {
    const number = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.float({ noNaN: true, noDefaultInfinity: true }));
    const state = fc.tuple(number, number, number).map((numbers) => numbers.map((each) => Math.fround(each)));
    const [states, queries] = fc.sample(
      fc.tuple(fc.array(state, { minLength: 150, maxLength: 200 }), fc.array(state, { minLength: 20, maxLength: 30 })),
      { numRuns: 1, seed: 20261123 },
    )[0] ?? [[], []];
    for (const numbers of states) await create("oracle", numbers);
    const rows = states.map((numbers, index) => ({ id: index + 1, state: Float32Array.from(numbers) }));
    for (const restarted of [false, true]) {
      if (restarted) await server.restart();
      for (const query of [...queries, ...states.slice(0, 20)].map((numbers) => Float32Array.from(numbers))) {
        const matches = await search("oracle", [...query], 12);
        const expected = bruteForce(rows, query, 12).map(({ id }) => ({
          id,
          score: scoreOf(rows[id - 1]!.state, query),
        }));
        const asPrinted = (score: number) => (score > 3.4028235e38 ? score : Math.fround(score));
        expect(matches.map(({ score, ess }) => ({ id: ess.id, score: asPrinted(score) }))).toEqual(expected);
      }
    }
  });
});
