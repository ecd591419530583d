import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Client,
  createClient,
  ECA,
  EcaConnectionError,
  EcaProtocolError,
  EcaResponseError,
  type EssInsert,
} from "../src/index.js";
import { credentials, type EcaServer, startEcaServer } from "./eca-server.fixture.js";
import { readings, rememberRoom, twins } from "./room.fixture.js";
import { tourWithClient, tourWithFacade } from "./tour.fixture.js";

let server: EcaServer;
let client: Client;

beforeAll(async () => {
  server = await startEcaServer();
  client = createClient({ baseUrl: server.baseUrl, ...credentials });
});

afterAll(() => server.close());

function plain(module_id: string, state: number[], rest: Partial<EssInsert> = {}): EssInsert {
  return { module_id, state, valence: 50, ...rest };
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable("the call was to fail"),
    (error: unknown) => error,
  );
}

describe("the known answers", () => {
  it("the SDK's own tour, through the client and then the facade", async () => {
    const { ess, entry, entries } = await tourWithClient(client);
    expect(ess).toMatchObject({ id: 1, module_id: "aggregate001", state: [25, 70, 10], valence: 10, score: 5 });
    expect(entry).toMatchObject({ id: 1, module_id: "aggregate001", instance_id: 1, status: "e", context: null });
    expect(entries).toEqual([entry]);

    const again = await tourWithFacade(new ECA({ uri: server.baseUrl, ...credentials }));
    expect(again.ess).toMatchObject({ id: 2, state: [25, 70, 10] });
    expect(again.entries).toEqual([entry, again.entry]);
  });

  it("a search tells Euclidean distances", async () => {
    await client.ess.create({ body: plain("five", [18, 70, 15, 1, 25]) });
    const five = await client.ess.search({ body: { module_id: "five", state: [20, 70, 10, 2, 29] } });
    expect(five.body[0]?.score).toBeCloseTo(6.78233, 5);
    await client.ess.create({ body: plain("one", [28]) });
    const one = await client.ess.search({ body: { module_id: "one", state: [29] } });
    expect(one.body.map(({ score, ess }) => [score, ess.state])).toEqual([[1, [28]]]);
    expect((await client.ess.search({ body: { module_id: "nobody", state: [1] } })).body).toEqual([]);
  });

  it("a minimal aggregate is filled in", async () => {
    const parts: [string, number, number, number][] = [
      ["known.air_conditioner", 25, 90, 18],
      ["known.air_quality_index", 90, -90, 1],
      ["known.occupancy", 10, -90, 6],
      ["known.purifier", 2, 90, 1],
      ["known.temperature", 29, -90, 2],
    ];
    for (const [moduleId, value, valence, score] of parts) {
      await client.ess.create({ body: plain(moduleId, [value], { valence, score }) });
    }
    const { body } = await client.ess.create({
      body: plain("known.room", [], { aggregate_id: [1, 1, 1, 1, 1], aggregate_module_id: parts.map(([id]) => id) }),
    });
    expect(body).toMatchObject({
      state: [25, 90, 10, 2, 29],
      aggregate_shape: [1, 1, 1, 1, 1],
      valence: -90,
      avg_ess_valence: -18,
      total_ess_score: 28,
      avg_ess_score: 5,
    });
  });
});

describe("a room", () => {
  it("is remembered: distinct states, every occurrence, one aggregate a row", async () => {
    const aggregates = await rememberRoom(client, readings);
    expect(aggregates.map(({ id, state }) => [id, state])).toEqual(readings.map((row, index) => [index + 1, row]));

    for (const [index, module_id] of twins.entries()) {
      const column = readings.map((row) => row[index]);
      const { body: states } = await client.ess.getAll({ params: { module_id } });
      expect(states.map(({ state }) => state[0])).toEqual([...new Set(column)]);
      const { body: occurred } = await client.ess.getAllSequence({ params: { module_id } });
      expect(occurred.map(({ state }) => state[0])).toEqual(column.toReversed());
    }
    const { body: log } = await client.sequence.getAll({ params: { module_id: "temperature" } });
    expect(log.map(({ status }) => status).join(" ")).toBe("n n n e n e n e");
    const params = { module_id: "temperature", aggregate_module_id: "room", id: 1 };
    const { body: at28 } = await client.ess.getAllAggregates({ params });
    expect(at28.map(({ id }) => id)).toEqual([8, 1]);
    const { body: modules } = await client.module.getAll();
    expect(modules.find(({ module_id }) => module_id === "room")).toMatchObject({ shape: 5, ess_count: 8 });
  });
});

describe("rows", () => {
  it.each(["a/b", "ä ü", "100%", "__proto__", "%2F", "a?b#c"])("of a module named %j", async (module_id) => {
    const { body: ess } = await client.ess.create({ body: plain(module_id, [25.3]) });
    expect(ess).toMatchObject({ id: 1, module_id, state: [25.3] });
    expect((await client.ess.getOne({ params: { module_id, id: 1 } })).body).toEqual(ess);
    expect((await client.ess.getAll({ params: { module_id } })).body).toEqual([ess]);
    expect((await client.module.getOne({ params: { module_id } })).body).toMatchObject({ module_id, ess_count: 1 });
  });

  it("are read, replaced and deleted", async () => {
    const module_id = "rows";
    await client.ess.create({ body: plain(module_id, [1]) });
    const first = await client.sequence.create({ body: { module_id, instance_id: 1 } });
    const second = await client.sequence.create({ body: { module_id, instance_id: 1, context: "again" } });
    expect((await client.sequence.getOne({ params: { module_id, id: -1 } })).body).toEqual(second.body);
    const params = { module_id, id: first.body.id };
    const updated = await client.sequence.update({ params, body: { module_id, instance_id: 1, status: "sk" } });
    expect(updated.body).toMatchObject({ id: 1, status: "sk", created_at: first.body.created_at });
    expect((await client.sequence.delete({ params })).body).toEqual(updated.body);
    expect((await client.sequence.getAll({ params: { module_id } })).body).toEqual([second.body]);
    expect(await failureOf(client.sequence.getOne({ params }))).toMatchObject({
      status: 404,
      code: "sequence_not_found",
    });
  });
});

describe("refusals", () => {
  it("name the field and the fix, and the request in the log", async () => {
    await client.ess.create({ body: plain("refusals", [1, 2, 3]) });
    const error = await failureOf(client.ess.create({ body: plain("refusals", [1, 2]) }));
    expect(error).toBeInstanceOf(EcaResponseError);
    expect(error).toMatchObject({
      status: 400,
      code: "shape_mismatch",
      errors: [expect.stringContaining("3") as unknown],
      requestId: expect.stringMatching(/./) as unknown,
    });
  });

  it("of an aggregate come all together, by kind", async () => {
    await client.ess.create({ body: plain("part", [1], { valence: 90, score: 4 }) });
    const error = await failureOf(
      client.ess.create({
        body: plain("whole", [1], {
          aggregate_id: [1],
          aggregate_module_id: ["part"],
          aggregate_shape: [1],
          aggregate_valence: [90],
          aggregate_score: [4],
          aggregate_context: ["warm"],
          aggregate_emb_inp: [null],
          valence: 90,
          avg_ess_valence: 90,
          total_ess_score: 5,
          avg_ess_score: 4,
        }),
      }),
    );
    expect(error).toMatchObject({ name: "EcaResponseError", status: 400, code: "invalid_aggregate" });
    const { aggregateErrors } = error as EcaResponseError;
    expect(Object.keys(aggregateErrors ?? {}).toSorted()).toEqual(["ess_mismatch", "incorrect_total_ess_sore"]);
  });

  it("of a row, and of a module, that is not there", async () => {
    await client.ess.create({ body: plain("there", [1]) });
    const noRow = client.ess.getOne({ params: { module_id: "there", id: 99 } });
    expect(await failureOf(noRow)).toMatchObject({ status: 404, code: "ess_not_found" });
    const noModule = client.module.getOne({ params: { module_id: "not there" } });
    expect(await failureOf(noModule)).toMatchObject({ status: 404, code: "module_not_found" });
  });

  it("of a wrong password", async () => {
    const stranger = createClient({ baseUrl: server.baseUrl, username: credentials.username, password: "guess" });
    expect(await failureOf(stranger.module.getAll())).toMatchObject({ status: 401, code: "invalid_credentials" });
  });

  it("of a base address without /v1", async () => {
    const lost = createClient({ baseUrl: server.baseUrl.replace("/v1", ""), token: "t" });
    const error = await failureOf(lost.module.getAll());
    expect(error).toBeInstanceOf(EcaProtocolError);
    expect((error as Error).message).toContain("is the /v1 missing?");
  });
});

describe("sessions", () => {
  it("that end are renewed", async () => {
    const tokens: (string | null)[] = [];
    const watched = createClient({
      baseUrl: server.baseUrl,
      ...credentials,
      fetch: (input, init) => {
        tokens.push(new Headers(init?.headers).get("authorization"));
        return fetch(input, init);
      },
    });
    const { body: before } = await watched.auth.session();
    expect(before).toMatchObject({ username: "admin", role: "admin" });
    const token = tokens.at(-1)?.replace("Bearer ", "") ?? "";
    await createClient({ baseUrl: server.baseUrl, token }).auth.logout();
    const { body: after } = await watched.auth.session();
    expect(after.user_id).toBe(before.user_id);
    expect(tokens).toEqual([null, `Bearer ${token}`, `Bearer ${token}`, null, expect.stringMatching(/^Bearer /)]);
    expect(tokens.at(-1)).not.toBe(`Bearer ${token}`);
  });

  it("end by a log-out for good", async () => {
    const { body } = await client.auth.login({ body: credentials });
    const visitor = createClient({ baseUrl: server.baseUrl, token: body.session_id });
    expect((await visitor.auth.session()).body.username).toBe("admin");
    await visitor.auth.logout();
    expect(await failureOf(visitor.auth.session())).toMatchObject({ status: 401, code: "unauthenticated" });
  });
});

it("a server that was stopped is told as one", async () => {
  const other = await startEcaServer();
  try {
    const visitor = createClient({ baseUrl: other.baseUrl, ...credentials, retry: false });
    expect((await visitor.module.getAll()).body).toEqual([]);
    await other.stop();
    expect(await failureOf(visitor.module.getAll())).toBeInstanceOf(EcaConnectionError);
  } finally {
    await other.close();
  }
});
