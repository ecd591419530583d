import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;
let rooms = 0;

beforeAll(async () => {
  server = await startTestServer();
});

/** The numbers of a component that others copy. */
interface Plain {
  readonly state: readonly number[];
  readonly valence?: number;
  readonly score?: number;
  readonly context?: string | null;
  readonly embedding_input?: number | null;
}

/** A room of a temperature and an occupancy, each in modules of its own. */
async function newRoom() {
  const suffix = (rooms += 1);
  const [temp, occ, room] = ["temp", "occ", "room"].map((name) => `${name}${suffix}`) as [string, string, string];
  const put = (module_id: string, body: Plain) => ({ module_id, valence: 10, ...body });
  await server.post("/v1/ess", put(temp, { state: [28], score: 2 }));
  await server.post("/v1/ess", put(occ, { state: [4] }));
  const names = { aggregate_id: [1, 1], aggregate_module_id: [temp, occ] };
  const minimal = { module_id: room, state: [], valence: 0, ...names };
  await server.post("/v1/ess", minimal);
  await server.post("/v1/sequence", { module_id: room, instance_id: 1 });
  const path = `/v1/ess/${room}/1`;
  return {
    temp,
    occ,
    room,
    minimal,
    path,
    read: async () => (await server.get(path)).json,
    change: (module_id: string, body: Plain) => server.patch(`/v1/ess/${module_id}/1`, put(module_id, body)),
    replace: (body: object) => server.patch(path, body),
    refresh: () => server.call({ method: "PUT", path: `/v1/ess/${room}/upsert/1` }),
  };
}

describe("a full replacement of an aggregate", () => {
  it.each<[string, Plain]>([
    ["score", { state: [28], score: 3 }],
    ["valence", { state: [28], score: 2, valence: -90 }],
    ["state", { state: [26], score: 2 }],
    ["context", { state: [28], score: 2, context: "window open" }],
    ["embedding input", { state: [28], score: 2, embedding_input: 7 }],
    ["everything", { state: [26], score: 3, valence: -90, context: "window open", embedding_input: 7 }],
  ])("takes the row as it was read, its own score counted on, after its component got another %s", async (_, body) => {
    const room = await newRoom();
    expect((await room.change(room.temp, body)).status).toBe(200);
    const before = await room.read();
    expect(before).toMatchObject({ state: [28, 4], aggregate_score: [2, 0], aggregate_valence: [10, 10] });
    const answer = await room.replace({ ...before, score: 1 });
    expect([answer.status, answer.json]).toEqual([200, { ...before, score: 1, updated_at: expect.any(String) }]);
  });

  it("takes what equals the component now, or each part of it that does", async () => {
    const room = await newRoom();
    await room.change(room.temp, { state: [26], score: 3 });
    const before = await room.read();
    const half = { ...before, aggregate_score: [3, 0], total_ess_score: 3, avg_ess_score: 1 };
    expect((await room.replace(half)).json).toMatchObject({ state: [28, 4], aggregate_score: [3, 0] });
    expect((await room.replace({ ...half, state: [26, 4] })).json).toMatchObject({ state: [26, 4] });
  });

  it("refuses what equals neither, and names both", async () => {
    const room = await newRoom();
    await room.change(room.temp, { state: [26], score: 3 });
    const answer = await room.replace({
      ...(await room.read()),
      state: [27, 4],
      aggregate_score: [4, 0],
      total_ess_score: 4,
    });
    expect(answer.status).toBe(400);
    const where = `component 0 (module "${room.temp}", ESS 1)`;
    expect(answer.json.ess_mismatch).toEqual([
      `${where}: aggregate_score is 4, its score 3, and 2 in the stored aggregate`,
      `${where}: the slice of state is [27], its state [26], and [28] in the stored aggregate`,
    ]);
    expect(await room.read()).toMatchObject({ state: [28, 4], aggregate_score: [2, 0] });
  });

  it("knows a component in another place, and holds one that is new to what it is now", async () => {
    const room = await newRoom();
    await room.change(room.temp, { state: [26], score: 3 });
    const before = await room.read();
    const swapped = {
      ...before,
      aggregate_module_id: [room.occ, room.temp],
      state: [4, 28],
      aggregate_score: [0, 2],
    };
    expect((await room.replace(swapped)).json).toMatchObject({ state: [4, 28], aggregate_score: [0, 2] });
    await server.post("/v1/ess", { module_id: room.temp, state: [20], valence: 10, score: 5 });
    const other = { ...before, aggregate_id: [2, 1] };
    expect((await room.replace(other)).json.ess_mismatch).toEqual([
      `component 0 (module "${room.temp}", ESS 2): aggregate_score is 2, its score 5`,
      `component 0 (module "${room.temp}", ESS 2): the slice of state is [28], its state [20]`,
    ]);
  });

  it("that is made anew is held to its components as they are", async () => {
    const room = await newRoom();
    await room.change(room.temp, { state: [26], score: 3 });
    const answer = await server.post("/v1/ess", await room.read());
    expect([answer.status, Object.keys(answer.json)]).toEqual([400, ["ess_mismatch"]]);
  });

  it("takes the row as it was read whatever its components have become", async () => {
    const plain = fc.record({
      state: fc.tuple(fc.float({ noNaN: true, noDefaultInfinity: true })),
      valence: fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
      score: fc.integer({ min: -1000, max: 1000 }),
      context: fc.option(fc.string({ maxLength: 5 }).map((text) => text.replaceAll("\0", ""))),
      embedding_input: fc.option(fc.nat(9)),
    });
    const room = await newRoom();
    await fc.assert(
      fc.asyncProperty(fc.array(plain, { minLength: 1, maxLength: 3 }), fc.boolean(), async (changes, refreshed) => {
        for (const change of changes) await room.change(room.temp, change);
        if (refreshed) await room.refresh();
        await room.change(room.occ, changes[0] as Plain);
        const before = await room.read();
        const answer = await room.replace({ ...before, score: before.score + 1 });
        expect([answer.status, answer.json]).toEqual([
          200,
          { ...before, score: before.score + 1, updated_at: expect.any(String) },
        ]);
      }),
      { numRuns: 15 },
    );
  }, 30_000);

  it("takes the smallest 32-bit floats in the decimals that they are printed as", async () => {
    const room = await newRoom();
    await room.change(room.temp, { state: [-3e-45] });
    await room.refresh();
    const before = await room.read();
    expect(before.state).toEqual([-3e-45, 4]);
    expect((await room.replace(before)).status).toBe(200);
    expect((await server.post("/v1/ess", before)).status).toBe(201);
  });
});

describe("a PATCH in the plain form", () => {
  it("does not turn an aggregate into a plain state, and says what to send", async () => {
    const room = await newRoom();
    const before = await room.read();
    const answer = await room.replace({ module_id: room.room, state: [28, 4], valence: 20, score: 1 });
    expect([answer.status, answer.headers["x-error-code"]]).toEqual([400, "invalid_request"]);
    expect(answer.json.errors).toEqual([
      `ESS 1 of module "${room.room}" is an aggregate, and the body names no components; send it as it was read with what ` +
        "changes, or aggregate_id and aggregate_module_id with an empty state; a plain state is an ESS of its own: POST /ess",
    ]);
    expect(await room.read()).toEqual(before);
    expect((await server.get(`/v1/ess/${room.temp}/aggregate/${room.room}/1`)).json).toEqual([before]);
  });

  it("goes on replacing plain states, and an aggregate may take the place of one", async () => {
    const room = await newRoom();
    const plain = (await server.post("/v1/ess", { module_id: room.room, state: [1, 2], valence: 3 })).json;
    const path = `/v1/ess/${room.room}/${plain.id}`;
    expect((await server.patch(path, { ...plain, state: [2, 3] })).json).toMatchObject({ state: [2, 3] });
    expect((await server.patch(path, room.minimal)).json).toMatchObject({ state: [28, 4] });
  });
});

describe("upsert of an aggregate", () => {
  it("puts it together anew from its components, and keeps what is its own", async () => {
    const room = await newRoom();
    await room.replace({ ...(await room.read()), score: 9, context: "noon", embedding_input: 4 });
    await room.change(room.temp, { state: [26], score: 3, valence: -90, context: "window open", embedding_input: 7 });
    const before = await room.read();
    const refreshed = await room.refresh();
    expect(refreshed.status).toBe(200);
    expect(refreshed.json).toEqual({
      ...before,
      state: [26, 4],
      valence: -80,
      avg_ess_valence: -40,
      total_ess_score: 3,
      avg_ess_score: 1,
      aggregate_valence: [-90, 10],
      aggregate_score: [3, 0],
      aggregate_context: ["window open", null],
      aggregate_emb_inp: [7, null],
      updated_at: expect.not.stringMatching(before.updated_at),
    });
    expect(await room.read()).toEqual(refreshed.json);
  });

  it("writes nothing where nothing has changed: the row, its ETag and the module's revision stay", async () => {
    const room = await newRoom();
    const before = await server.get(room.path);
    const { revision } = (await server.get(`/v1/module/${room.room}`)).json;
    const again = await room.refresh();
    expect([again.text, again.headers["etag"]]).toEqual([before.text, before.headers["etag"]]);
    expect((await server.get(`/v1/module/${room.room}`)).json.revision).toBe(revision);
  });

  it("shows in every read: lists, texts, predictions, search and documents", async () => {
    const room = await newRoom();
    const reads = async () => ({
      row: (await room.read()).state,
      list: (await server.get(`/v1/ess/${room.room}`)).json[0].state,
      log: (await server.get(`/v1/ess/${room.room}/sequence/-1`)).json.state,
      pretty: (await server.get(`/v1/ess/${room.room}/pretty/1`)).json.state.map(Number),
      raw: (await server.post("/v1/predictions/raw", { module_id: room.room, n: 0 })).json.current_state.flatMap(
        (twin: { state: number[] }) => twin.state,
      ),
      told: (await server.post("/v1/predictions", { module_id: room.room, n: 0 })).json.current_state.map(
        (twin: { state: string }) => Number(twin.state),
      ),
      found: (await server.post("/v1/ess/search", { module_id: room.room, state: [28, 4] })).json[0].score,
    });
    const document = async () => (await server.post(`/v1/document/ess/${room.room}/1`, null)).json.text;
    const all = (state: number[], found: number) => ({
      row: state,
      list: state,
      log: state,
      pretty: state,
      raw: state,
      told: state,
      found,
    });
    const first = await document();
    await room.change(room.temp, { state: [26], score: 2 });
    // What the aggregate kept of its moment, in all of them alike.
    expect(await reads()).toEqual(all([28, 4], 0));
    expect(await document()).toBe(first);
    await room.refresh();
    expect(await reads()).toEqual(all([26, 4], 2));
    expect(await document()).toBe(first.replace("was 28,", "was 26,"));
  });

  it("takes an inner aggregate as it is stored: the inner ones are refreshed first", async () => {
    const room = await newRoom();
    const outer = `house${rooms}`;
    await server.post("/v1/ess", {
      ...room.minimal,
      module_id: outer,
      aggregate_id: [1],
      aggregate_module_id: [room.room],
    });
    const refreshOuter = async () =>
      (await server.call({ method: "PUT", path: `/v1/ess/${outer}/upsert/1` })).json.state;
    await room.change(room.temp, { state: [26], score: 2 });
    expect(await refreshOuter()).toEqual([28, 4]);
    await room.refresh();
    expect(await refreshOuter()).toEqual([26, 4]);
  });

  it("is refused to a key that may not touch the components, which it would read", async () => {
    const room = await newRoom();
    await room.change(room.temp, { state: [26], score: 2 });
    const keyFor = async (modules: string[]): Promise<string> =>
      (await server.post("/v1/key", { name: "k", role: "writer", modules })).json.token;
    const refreshBy = async (modules: string[]) =>
      server.call({ method: "PUT", path: `/v1/ess/${room.room}/upsert/1`, token: await keyFor(modules) });
    const before = await room.read();
    const refused = await refreshBy([room.room, room.occ]);
    expect([refused.status, refused.headers["x-error-code"], refused.json.errors]).toEqual([
      403,
      "forbidden",
      [`the key is limited to other modules than "${room.temp}", which the aggregate is put together from`],
    ]);
    expect(await room.read()).toEqual(before);
    expect((await refreshBy([room.room, room.occ, room.temp])).json).toMatchObject({ state: [26, 4] });
  });

  it("is refused where its sums are beyond the numbers of the wire, and changes nothing", async () => {
    const room = await newRoom();
    for (const module_id of [room.temp, room.occ]) {
      await room.change(module_id, { state: [1], score: Number.MAX_SAFE_INTEGER, valence: 1.7e308 });
    }
    const before = await room.read();
    const answer = await room.refresh();
    expect([answer.status, Object.keys(answer.json)]).toEqual([400, ["incorrect_valence", "incorrect_total_ess_sore"]]);
    expect(await room.read()).toEqual(before);
  });

  it("returns a plain state as it is", async () => {
    const room = await newRoom();
    const before = await server.get(`/v1/ess/${room.temp}/1`);
    expect((await server.call({ method: "PUT", path: `/v1/ess/${room.temp}/upsert/1` })).text).toBe(before.text);
  });
});
