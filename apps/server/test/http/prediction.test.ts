import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  const numbers = [25, 24, 23.1, 23, 22, 26];
  for (const number of numbers) await create("temperature", [number]);
});

const create = (module_id: string, state: number[], more: object = {}) =>
  server.post("/v1/ess", { module_id, state, valence: 0, ...more });

/** A module whose states are 1, 2, 3... (ESS 1 is [1], and so on) with this log. */
async function module(module_id: string, states: number, log: readonly number[], status = "n"): Promise<string> {
  for (let number = 1; number <= states; number++) await create(module_id, [number]);
  for (const instance_id of log) await server.post("/v1/sequence", { module_id, instance_id, status });
  return module_id;
}

const predict = (module_id: string, more: object = {}) => server.post("/v1/predictions", { module_id, ...more });

interface Told {
  readonly next_state: readonly { readonly list: readonly { readonly ess_id: number }[] }[];
}

async function chain(module_id: string, more: object = {}): Promise<(number | undefined)[]> {
  const { json } = await predict(module_id, more);
  return (json as Told).next_state.map(({ list }) => list[0]?.ess_id);
}

describe("where history gives nothing", () => {
  it("goes on to the nearest other state, as in the known answer", async () => {
    const answer = await server.post("/v1/predictions/raw", { module_id: "temperature", current_state: 1, n: 3 });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      current_state: [{ aggregate_id: 0, ess_id: 1, module_id: "temperature", state: [25] }],
      next_state: [24, 23.1, 23].map((number, index) => ({
        list: [{ aggregate_id: 0, ess_id: index + 2, module_id: "temperature", state: [number] }],
      })),
    });
  });

  it("ends the chain where there is no other state", async () => {
    await module("single", 1, [1]);
    const answer = await predict("single", { n: 5 });
    expect(answer.status).toBe(200);
    expect(answer.json.next_state).toEqual([]);
    expect(answer.json.current_state).toMatchObject([{ ess_id: 1 }]);
  });
});

describe("history", () => {
  it("tells what followed, step by step, in texts", async () => {
    const name = await module("cycle", 3, [1, 2, 3, 1, 2, 3, 1]);
    const answer = await predict(name, { n: 4, range: 3, recall: 7 });
    expect(answer.json.current_state).toEqual([{ aggregate_id: 0, ess_id: 1, module_id: name, state: "1" }]);
    expect(await chain(name, { n: 4, range: 3, recall: 7 })).toEqual([2, 3, 1, 2]);
  });

  it("is looked for at as many occurrences of the current state as recall says, however far back they lie", async () => {
    const name = await module("recalled", 9, [1, 9, 1, 9, 1, 5, 7, 7, 7, 7, 1]);
    const votes = async (recall: number) => chain(name, { recall, range: 1 });
    expect([await votes(1), await votes(2), await votes(3)]).toEqual([[5], [5], [9]]);
  });

  it("counts where the whole context came before, else the nearest other state follows", async () => {
    const name = await module("whole", 9, [9, 2, 1, 5, 9, 3, 1]);
    expect(await chain(name, { range: 1, recall: 9 })).toEqual([5]);
    expect(await chain(name, { range: 2, recall: 9 })).toEqual([2]);
    expect(await chain(name, { range: 2, recall: 9, previous_state: [2], current_state: 1 })).toEqual([5]);
    // As far as the log reaches back.
    expect(await chain(name, { range: 4, recall: 9, previous_state: [2, 9, 6], current_state: 1 })).toEqual([5]);
    expect(await chain(name, { range: 4, recall: 9, previous_state: [2, 8, 6], current_state: 1 })).toEqual([2]);
  });

  it("without limits counts where most of the context came before", async () => {
    const name = await module("limitless", 9, [9, 2, 1, 5, 9, 3, 1, 6, 4, 1]);
    const more = { range: 1, recall: 1, use_range_n_recall: false, current_state: 1 };
    expect(await chain(name, { ...more, previous_state: [2, 9, 7, 7] })).toEqual([5]);
    expect(await chain(name, { ...more, previous_state: [3, 7, 7, 7] })).toEqual([6]);
    expect(await chain(name, { ...more, previous_state: [7] })).toEqual([6]);
    expect(await chain(name, { ...more, use_range_n_recall: null, previous_state: [2] })).toEqual([6]);
  });

  it("lets range say how many states of context count", async () => {
    const name = await module("ranged", 9, [2, 1, 5, 3, 1, 7, 3, 1, 7, 2, 1]);
    expect(await chain(name, { range: 1, recall: 100 })).toEqual([7]);
    expect(await chain(name, { range: 2, recall: 100 })).toEqual([5]);
  });

  it("takes the states before from the caller, most recent first", async () => {
    const name = await module("told", 9, [2, 1, 5, 3, 1, 7, 9]);
    const more = { current_state: 1, range: 2, recall: 100 };
    expect(await chain(name, { ...more, previous_state: [2] })).toEqual([5]);
    expect(await chain(name, { ...more, previous_state: [3] })).toEqual([7]);
    expect(await chain(name, { ...more, previous_state: [1, 2] })).toEqual([5]);
    expect(await chain(name, { ...more, previous_state: [2, 8, 8, 8, 8, 8] })).toEqual([5]);
  });

  it("learns from entries with the status alone", async () => {
    const name = await module("coded", 9, [1, 5, 1, 5]);
    await module(name, 0, [1, 7, 1], "e");
    expect(await chain(name, { recall: 100, range: 1, status: "e" })).toEqual([7]);
    expect(await chain(name, { recall: 100, range: 1, current_state: 1 })).toEqual([5]);
  });

  it("uses the defaults of the wire for explicit nulls", async () => {
    const name = await module("nulls", 3, [1, 2, 3, 1, 3, 2, 1, 2, 3, 1]);
    expect(await chain(name)).toEqual([3]);
    const nulls = { range: null, recall: null, n: null, status: null, current_state: null, previous_state: null };
    expect(await chain(name, { ...nulls, store_response: null, store_sequence: null })).toEqual([3]);
  });
});

describe("states before that begin with the current one", () => {
  const [a, b, c] = [1, 2, 3];
  const more = { current_state: a, range: 3, recall: 100 };

  it("are taken as they are where the log does not end with it, and knows what followed", async () => {
    const name = await module("repeated", 3, [b, a, a, c, b, a, a, c, b]);
    expect(await chain(name, { ...more, previous_state: [a, b] })).toEqual([c]);
    expect(await chain(name, { ...more, previous_state: [b] })).toEqual([a]);
  });

  it("repeat it where the log does not end with it, and knows of no repetition", async () => {
    const name = await module("unrepeated", 3, [b, a, c, b, a, c, b]);
    expect(await chain(name, { ...more, previous_state: [a, b] })).toEqual([c]);
    expect(await chain(name, { ...more, previous_state: [b] })).toEqual([c]);
  });

  it.each([
    ["came once", [b, a], a],
    ["came twice", [b, a, a], c],
  ])("mean what the log shows where it ends with it: %s", async (words, end, next) => {
    const name = await module(words, 3, [b, a, a, c, b, a, a, c, ...end]);
    const newestFirst = end.toReversed();
    // With the current state in front, and without it.
    expect(await chain(name, { ...more, previous_state: newestFirst })).toEqual([next]);
    expect(await chain(name, { ...more, previous_state: newestFirst.slice(1) })).toEqual([next]);
    expect(await chain(name, { ...more, current_state: null })).toEqual([next]);
  });

  it("mean what the log of the status shows", async () => {
    const name = await module("of a status", 3, [b, a, a, c, b, a], "e");
    await server.post("/v1/sequence", { module_id: name, instance_id: a, status: "n" });
    expect(await chain(name, { ...more, status: "e", previous_state: [a, b] })).toEqual([a]);
    expect(await chain(name, { ...more, previous_state: [a, b] })).toEqual([c]);
  });
});

describe("an aggregate", () => {
  it("is told as one twin for each direct component", async () => {
    for (const number of [1, 2]) {
      await create("left", [number]);
      await create("right", [number * 10, number * 100]);
      await create("pair", [], { aggregate_id: [number, number], aggregate_module_id: ["left", "right"] });
    }
    for (const instance_id of [1, 2, 1]) await server.post("/v1/sequence", { module_id: "pair", instance_id });
    const { json } = await predict("pair", { recall: 10 });
    expect(json).toEqual({
      current_state: [
        { aggregate_id: 1, ess_id: 1, module_id: "left", state: "1" },
        { aggregate_id: 1, ess_id: 1, module_id: "right", state: "10, 100" },
      ],
      next_state: [
        {
          list: [
            { aggregate_id: 2, ess_id: 2, module_id: "left", state: "2" },
            { aggregate_id: 2, ess_id: 2, module_id: "right", state: "20, 200" },
          ],
        },
      ],
    });
    const raw = await server.post("/v1/predictions/raw", { module_id: "pair", recall: 10 });
    expect(raw.json.next_state[0].list[1]).toMatchObject({ state: [20, 200] });
  });
});

describe("storing", () => {
  it("store_response keeps a response for every step", async () => {
    const name = await module("answered", 3, [1, 2, 3, 1]);
    const { json: before } = await server.get("/v1/response");
    await predict(name, { n: 2, recall: 10, store_response: true });
    const { json } = await server.get("/v1/response");
    expect(json.slice(before.length)).toMatchObject([
      { percept: 1, response: 2, percept_ess_ids: [1], response_ess_ids: [2], twin_module_id: name },
      { percept: 2, response: 3, percept_names: [name], response_names: [name], status: "n" },
    ]);
    expect((await server.get(`/v1/response/${json.at(-1).id}`)).json).toEqual(json.at(-1));
    expect((await server.get(`/v1/sequence/${name}`)).json).toHaveLength(4);
  });

  it("store_sequence appends the predicted chain", async () => {
    const name = await module("appended", 3, [1, 2, 3, 1]);
    await predict(name, { n: 2, recall: 10, store_sequence: true });
    const { json } = await server.get(`/v1/sequence/${name}`);
    expect(json.slice(4)).toMatchObject([
      { id: 5, instance_id: 2, status: "p" },
      { id: 6, instance_id: 3, status: "p" },
    ]);
  });

  it("stores nothing unless asked", async () => {
    const name = await module("read", 2, [1, 2, 1]);
    const { json: before } = await server.get("/v1/response");
    await predict(name, { recall: 10 });
    expect((await server.get(`/v1/sequence/${name}`)).json).toHaveLength(3);
    expect((await server.get("/v1/response")).json).toHaveLength(before.length);
  });
});

describe("edges", () => {
  it.each([
    ["an unknown module", { module_id: "nobody" }, 404, "module_not_found"],
    ["an empty log", { module_id: "temperature" }, 404, "sequence_not_found"],
    ["no entry with the status", { module_id: "edges", status: "zz" }, 404, "sequence_not_found"],
    ["an unknown current state", { module_id: "edges", current_state: 99 }, 404, "ess_not_found"],
    ["a chain too long", { module_id: "edges", n: 10_001 }, 400, "invalid_request"],
    ["a negative chain", { module_id: "edges", n: -1 }, 400, "invalid_request"],
    ["no range", { module_id: "edges", range: 0 }, 400, "invalid_request"],
    ["no recall", { module_id: "edges", recall: 0 }, 400, "invalid_request"],
  ])("%s: %j is refused", async (_name, body, status, code) => {
    if ((await server.get("/v1/module/edges")).status === 404) await module("edges", 2, [1, 2, 1]);
    const answer = await server.post("/v1/predictions", body);
    expect(answer.status).toBe(status);
    expect(answer.headers["x-error-code"]).toBe(code);
  });

  it("a chain of length 0 is empty, one of 10,000 is whole", async () => {
    const name = await module("lengths", 2, [1, 2, 1]);
    expect(await chain(name, { n: 0 })).toEqual([]);
    const long = await chain(name, { n: 10_000, recall: 10, range: 10 });
    expect(long).toEqual(Array.from({ length: 10_000 }, (_, index) => (index % 2 === 0 ? 2 : 1)));
  });

  it("takes everything as range and recall", async () => {
    const name = await module("everything", 3, [1, 2, 3, 1, 2]);
    const all = Number.MAX_SAFE_INTEGER;
    expect(await chain(name, { n: 3, range: all, recall: all })).toEqual([3, 1, 2]);
  });
});

describe("a log that is longer than a prediction may learn from", () => {
  it("is learned from as if it began later, by whatever the question asks for", async () => {
    const small = await startTestServer({ ECA_MAX_PREDICTION_ROWS: "8" });
    for (const value of [1, 2, 3]) await small.post("/v1/ess", { module_id: "m", state: [value], valence: 0 });
    const [old, recent] = [Array.from({ length: 20 }, () => [1, 2]).flat(), [1, 3, 1, 3, 1, 3, 1]];
    for (const instance_id of [...old, ...recent]) await small.post("/v1/sequence", { module_id: "m", instance_id });
    const next = async (more: object) => {
      const { status, json } = await small.post("/v1/predictions", { module_id: "m", range: 1, ...more });
      expect(status).toBe(200);
      return (json as Told).next_state[0]?.list[0]?.ess_id;
    };
    for (const recall of [1, 6, 7, 40, 1_000_000, Number.MAX_SAFE_INTEGER]) expect(await next({ recall })).toBe(3);
    expect(await next({ recall: 1000, range: 3 })).toBe(3);
    // All eight rows are the context, and nothing else is known to have come before.
    expect(await next({ recall: 1000, range: Number.MAX_SAFE_INTEGER })).toBe(2);
    expect(await next({ recall: 1000, status: "n" })).toBe(3);
    expect((await small.get("/v1/limits")).json.prediction_rows).toBe(8);
  });
});
