import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import { credentials, type EcaServer, startEcaServer } from "../../test/eca-server.fixture.js";
import { ECA, type EcaConfig } from "./eca.js";
import { EcaAbortError, EcaArgumentError, type EcaResponseError } from "../errors.js";

let server: EcaServer;
let eca: ECA;

beforeAll(async () => {
  server = await startEcaServer();
  eca = new ECA({ uri: server.baseUrl, ...credentials });
});

afterAll(() => server.close());

/** A module of its own for one test, with states 1, 2, 3 and the log 2, 1. */
async function seed(moduleId: string): Promise<void> {
  for (const value of [1, 2, 3]) {
    await eca.ess.create({ data: { module_id: moduleId, state: [value], valence: 50, embedding_input: value * 10 } });
  }
  for (const instance_id of [2, 1]) await eca.sequence.create({ data: { module_id: moduleId, instance_id } });
}

describe("ess", () => {
  test("create resolves to the row itself", async () => {
    const ess = await eca.ess.create({ data: { module_id: "ess.create", state: [25.3], valence: 50 } });
    expect(ess).toMatchObject({ id: 1, module_id: "ess.create", state: [25.3], score: 0 });
  });

  test("getAll, getOne, getOnePretty, getOneWithEmbedding, upsert", async () => {
    const moduleId = "ess.get";
    await seed(moduleId);
    const rows = await eca.ess.getAll({ moduleId });
    expect(rows.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(await eca.ess.getOne({ moduleId, dbId: 2 })).toEqual(rows[1]);
    expect(await eca.ess.getOneWithEmbedding({ moduleId, embInput: 30 })).toEqual(rows[2]);
    expect(await eca.ess.upsert({ moduleId, dbId: 1 })).toEqual(rows[0]);
    expect(await eca.ess.getOnePretty({ moduleId, dbId: 1 })).toMatchObject({ id: 1, module_id: moduleId });
  });

  test("getOneWithEmbedding rejects with 404 when there is none, for callers to branch on", async () => {
    const moduleId = "ess.embedding";
    await seed(moduleId);
    const error = await eca.ess.getOneWithEmbedding({ moduleId, embInput: 31 }).catch((thrown: unknown) => thrown);
    expect((error as EcaResponseError).status).toBe(404);
  });

  test("getAllSequence and getOneSequence", async () => {
    const moduleId = "ess.sequence";
    await seed(moduleId);
    expect((await eca.ess.getAllSequence({ moduleId })).map(({ id }) => id)).toEqual([1, 2]);
    expect((await eca.ess.getOneSequence({ moduleId, sequenceId: 1 })).id).toBe(2);
    expect((await eca.ess.getOneSequence({ moduleId, sequenceId: -1 })).id).toBe(1);
  });

  test("getAllAggregates", async () => {
    const moduleId = "ess.part";
    await seed(moduleId);
    const whole = { module_id: "ess.whole", state: [], valence: 0, aggregate_module_id: [moduleId] };
    for (const id of [3, 1, 3]) await eca.ess.create({ data: { ...whole, aggregate_id: [id] } });
    const found = await eca.ess.getAllAggregates({ moduleId, aggregateModuleId: "ess.whole", essId: 3 });
    expect(found.map(({ id }) => id)).toEqual([3, 1]);
  });

  test("update and search", async () => {
    const moduleId = "ess.update";
    await seed(moduleId);
    const data = { module_id: moduleId, state: [7], valence: 10 };
    expect(await eca.ess.update({ moduleId, dbId: 3, data })).toMatchObject({ id: 3, state: [7], valence: 10 });
    const nearest = await eca.ess.search({ data: { module_id: moduleId, state: [6], limit: 2 } });
    expect(nearest.map(({ score, ess }) => [score, ess.id])).toEqual([
      [1, 3],
      [4, 2],
    ]);
  });
});

describe("sequence", () => {
  test("create, getAll, getOne, update, delete", async () => {
    const moduleId = "sequence";
    await seed(moduleId);
    const entry = await eca.sequence.create({ data: { module_id: moduleId, instance_id: 3, status: "e" } });
    expect(entry).toMatchObject({ id: 3, instance_id: 3, status: "e" });
    expect(await eca.sequence.getOne({ moduleId, dbId: 3 })).toEqual(entry);
    const data = { module_id: moduleId, instance_id: 3, status: "sk" };
    expect(await eca.sequence.update({ moduleId, dbId: 3, data })).toMatchObject({ id: 3, status: "sk" });
    expect(await eca.sequence.delete({ moduleId, dbId: 3 })).toMatchObject({ id: 3, status: "sk" });
    expect((await eca.sequence.getAll({ moduleId })).map(({ id }) => id)).toEqual([1, 2]);
  });
});

describe("the configuration", () => {
  test("takes a token instead of a name, as the SDK does", async () => {
    const { session_id } = await eca.auth.login({ data: credentials });
    const visitor = new ECA({ uri: server.baseUrl, apiToken: session_id });
    expect(await visitor.ess.search({ data: { module_id: "nobody", state: [1] } })).toEqual([]);
  });

  test("takes the client's settings, and each call the client's options", async () => {
    const headers: (string | null)[] = [];
    const watched = new ECA({
      uri: server.baseUrl,
      ...credentials,
      headers: { "x-site": "7" },
      fetch: (input, init) => {
        headers.push(new Headers(init?.headers).get("x-site"));
        return fetch(input, init);
      },
    });
    await watched.ess.getAll({ moduleId: "ess.create" }, { headers: { "x-site": "8" } }).catch(() => undefined);
    expect(headers).toEqual(["7", "8"]);
    const signal = AbortSignal.abort();
    await expect(watched.sequence.getAll({ moduleId: "a" }, { signal })).rejects.toBeInstanceOf(EcaAbortError);
  });

  test("is refused when it is incomplete", () => {
    expect(() => new ECA({ uri: "localhost", apiToken: "t" })).toThrow(EcaArgumentError);
    expect(() => new ECA({ uri: server.baseUrl } as EcaConfig)).toThrow(EcaArgumentError);
  });

  test("gives the client beneath for what the SDK has no name for", async () => {
    expect((await eca.client.auth.session()).body.username).toBe(credentials.username);
  });
});

test("every call takes one object named as in the SDK", () => {
  expectTypeOf<Parameters<ECA["ess"]["getAllAggregates"]>[0]>().toEqualTypeOf<{
    moduleId: string;
    aggregateModuleId: string;
    essId: number;
  }>();
  // @ts-expect-error the wire's names stay inside `data`
  const call = () => eca.ess.getAll({ module_id: "a" });
  expect(call).toBeTypeOf("function");
});
