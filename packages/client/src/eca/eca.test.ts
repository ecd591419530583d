import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
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
  it("create resolves to the row itself", async () => {
    const ess = await eca.ess.create({ data: { module_id: "ess.create", state: [25.3], valence: 50 } });
    expect(ess).toMatchObject({ id: 1, module_id: "ess.create", state: [25.3], score: 0 });
  });

  it("getAll, getOne, getOnePretty, getOneWithEmbedding, upsert", async () => {
    const moduleId = "ess.get";
    await seed(moduleId);
    const rows = await eca.ess.getAll({ moduleId });
    expect(rows.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(await eca.ess.getOne({ moduleId, dbId: 2 })).toEqual(rows[1]);
    expect(await eca.ess.getOneWithEmbedding({ moduleId, embInput: 30 })).toEqual(rows[2]);
    expect(await eca.ess.upsert({ moduleId, dbId: 1 })).toEqual(rows[0]);
    expect(await eca.ess.getOnePretty({ moduleId, dbId: 1 })).toMatchObject({ id: 1, module_id: moduleId });
  });

  it("getOneWithEmbedding rejects with 404 when there is none, for callers to branch on", async () => {
    const moduleId = "ess.embedding";
    await seed(moduleId);
    const error = await eca.ess.getOneWithEmbedding({ moduleId, embInput: 31 }).catch((thrown: unknown) => thrown);
    expect((error as EcaResponseError).status).toBe(404);
  });

  it("getAllSequence and getOneSequence", async () => {
    const moduleId = "ess.sequence";
    await seed(moduleId);
    expect((await eca.ess.getAllSequence({ moduleId })).map(({ id }) => id)).toEqual([1, 2]);
    expect((await eca.ess.getOneSequence({ moduleId, sequenceId: 1 })).id).toBe(2);
    expect((await eca.ess.getOneSequence({ moduleId, sequenceId: -1 })).id).toBe(1);
  });

  it("getAllAggregates", async () => {
    const moduleId = "ess.part";
    await seed(moduleId);
    const whole = { module_id: "ess.whole", state: [], valence: 0, aggregate_module_id: [moduleId] };
    for (const id of [3, 1, 3]) await eca.ess.create({ data: { ...whole, aggregate_id: [id] } });
    const found = await eca.ess.getAllAggregates({ moduleId, aggregateModuleId: "ess.whole", essId: 3 });
    expect(found.map(({ id }) => id)).toEqual([3, 1]);
  });

  it("update and search", async () => {
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
  it("create, getAll, getOne, update, delete", async () => {
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

describe("cortex", () => {
  it("predictions and predictionsRaw", async () => {
    const moduleId = "cortex";
    await seed(moduleId);
    // After 2 came 1; after 1 comes what the log says next, 2.
    for (const instance_id of [2, 1]) await eca.sequence.create({ data: { module_id: moduleId, instance_id } });
    const data = { module_id: moduleId, range: 2, recall: 10, n: 2 };
    const raw = await eca.cortex.predictionsRaw({ data });
    const twinOf = (id: number) => ({ aggregate_id: 0, ess_id: id, module_id: moduleId, state: [id] });
    expect(raw).toEqual({
      current_state: [twinOf(1)],
      next_state: [{ list: [twinOf(2)] }, { list: [twinOf(1)] }],
    });
    const inTexts = await eca.cortex.predictions({ data });
    expect(inTexts.next_state.map(({ list }) => list.map(({ state }) => state))).toEqual([["2"], ["1"]]);
  });
});

describe("document", () => {
  it("create, getAll, getOne, update, embed, delete", async () => {
    const document = await eca.document.create({ data: { doc_id: "001", text: "testing 123" } });
    expect(document).toMatchObject({ doc_id: "001", text: "testing 123", status: "stored" });
    const { id: dbId } = document;
    expect(await eca.document.getOne({ dbId })).toEqual(document);
    expect(await eca.document.getAll()).toContainEqual(document);
    const data = { doc_id: "002", text: "another text" };
    expect(await eca.document.update({ dbId, data })).toMatchObject({ id: dbId, ...data });
    expect(await eca.document.embed({ dbId })).toMatchObject({ id: dbId, status: "embedded" });
    expect(await eca.document.delete({ dbId })).toMatchObject({ id: dbId, status: "embedded" });
    const error = await eca.document.getOne({ dbId }).catch((thrown: unknown) => thrown);
    expect((error as EcaResponseError).status).toBe(404);
  });

  it("createFromEss and createFromSequence", async () => {
    const moduleId = "document.from";
    await seed(moduleId);
    const ofEss = await eca.document.createFromEss({ moduleId, essId: 3 });
    expect(ofEss.text).toContain(moduleId);
    const ofEntry = await eca.document.createFromSequence({ moduleId, sequenceId: -1 });
    expect(ofEntry.id).toBe(ofEss.id + 1);
    expect(ofEntry.text).toContain(moduleId);
  });
});

it("retrieval: query", async () => {
  const text = "The orchids are watered every Tuesday.";
  await eca.document.create({ data: { doc_id: "orchids", text, embed: true } });
  const { response } = await eca.retrieval.query({ data: { query: "When are the orchids watered?" } });
  expect(response).toContain("Tuesday");
});

describe("response", () => {
  it("getAll and getOne", async () => {
    const moduleId = "response";
    await seed(moduleId);
    await eca.cortex.predictions({ data: { module_id: moduleId, n: 2, store_response: true } });
    const stored = (await eca.response.getAll()).filter(({ twin_module_id }) => twin_module_id === moduleId);
    expect(stored).toHaveLength(2);
    const dbId = stored[1]?.id ?? 0;
    expect(await eca.response.getOne({ dbId })).toEqual(stored[1]);
  });
});

describe("embedding", () => {
  it("create, getAll, getOne, getOneWithHash, update, delete", async () => {
    const moduleId = "embedding";
    const data = { module_id: moduleId, input: "the inputs", hash: "a+/b==" };
    const embedding = await eca.embedding.create({ data });
    expect(embedding).toMatchObject({ id: 1, ...data });
    const name = { moduleId, dbId: 1 };
    expect(await eca.embedding.getOne(name)).toEqual(embedding);
    expect(await eca.embedding.getAll({ moduleId })).toEqual([embedding]);
    expect(await eca.embedding.getOneWithHash({ moduleId, data: { hash: "a+/b==" } })).toEqual(embedding);
    const again = await eca.embedding.create({ data }).catch((thrown: unknown) => thrown);
    expect((again as EcaResponseError).status).toBe(409);
    const changed = { ...data, input: "other inputs" };
    expect(await eca.embedding.update({ ...name, data: changed })).toMatchObject({ id: 1, ...changed });
    expect(await eca.embedding.delete(name)).toMatchObject({ id: 1, ...changed });
    expect(await eca.embedding.getAll({ moduleId })).toEqual([]);
  });
});

describe("the configuration", () => {
  it("takes a token instead of a name, as the SDK does", async () => {
    const { session_id } = await eca.auth.login({ data: credentials });
    const visitor = new ECA({ uri: server.baseUrl, apiToken: session_id });
    expect(await visitor.ess.search({ data: { module_id: "nobody", state: [1] } })).toEqual([]);
  });

  it("takes the client's settings, and each call the client's options", async () => {
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

  it("is refused when it is incomplete", () => {
    expect(() => new ECA({ uri: "localhost", apiToken: "t" })).toThrow(EcaArgumentError);
    expect(() => new ECA({ uri: server.baseUrl } as EcaConfig)).toThrow(EcaArgumentError);
  });

  it("gives the client beneath for what the SDK has no name for", async () => {
    expect((await eca.client.auth.session()).body.username).toBe(credentials.username);
  });
});

it("every call takes one object named as in the SDK", () => {
  expectTypeOf<Parameters<ECA["ess"]["getAllAggregates"]>[0]>().toEqualTypeOf<{
    moduleId: string;
    aggregateModuleId: string;
    essId: number;
  }>();
  // @ts-expect-error the wire's names stay inside `data`
  const call = () => eca.ess.getAll({ module_id: "a" });
  expect(call).toBeTypeOf("function");
});
