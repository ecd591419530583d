import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
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

  it("tells a distance beyond 32-bit floats as the largest one", async () => {
    await create("apart", [3e38, 3e38]);
    expect(await search("apart", [-3e38, -3e38])).toMatchObject([{ score: 3.4028235e38 }]);
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
    const oracle = (query: number[], limit: number) =>
      states
        .map((numbers, index) => {
          const squares = numbers.map((each, axis) => (each - (query[axis] ?? 0)) ** 2);
          return { id: index + 1, score: Math.fround(Math.sqrt(squares.reduce((sum, square) => sum + square, 0))) };
        })
        .sort((a, b) => a.score - b.score || a.id - b.id)
        .slice(0, limit);
    for (const restarted of [false, true]) {
      if (restarted) await server.restart();
      for (const query of [...queries, ...states.slice(0, 20)]) {
        const matches = await search("oracle", query, 12);
        const expected = oracle(query, 12).filter(({ score }) => Number.isFinite(score));
        expect(
          matches.slice(0, expected.length).map(({ score, ess }) => ({ id: ess.id, score: Math.fround(score) })),
        ).toEqual(expected);
      }
    }
  });
});
