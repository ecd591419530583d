import { contract, routesOf } from "@eca/contract";
import * as fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { executeBehind } from "../behind-server.fixture.js";
import { type Answer, startTestServer, type TestServer } from "../test-server.fixture.js";

/** What a repeated create returns once the row that it made was changed or deleted. */

let server: TestServer;
let keys = 0;

const newKey = () => `key-${++keys}`;
const post = (path: string, body: unknown, key: string): Promise<Answer> =>
  server.call({ method: "POST", path: `/v1${path}`, body, headers: { "idempotency-key": key } });
const isReplay = ({ headers }: Answer) => headers["idempotency-replayed"] === "true";
const entry = { module_id: "m", instance_id: 1 };

interface Row {
  /** The body of the create; `name` is another one each time. */
  readonly body: (name: string) => unknown;
  readonly create: string;
  /** The path of the row. */
  readonly path: (row: Answer["json"]) => string;
  readonly id: "id" | "key_id" | "user_id";
  /** A change by PATCH, and what it changes; absent where the row has none. */
  readonly change?: { readonly body: (name: string) => unknown; readonly changed: object };
}

/** Every resource whose rows are created by a POST and can be changed or deleted. */
const rows: Readonly<Record<string, Row>> = {
  ess: {
    create: "/ess",
    body: () => ({ module_id: "m", state: [1.5, 2], valence: 10 }),
    path: ({ id }) => `/v1/ess/m/${id}`,
    id: "id",
    change: {
      body: () => ({ module_id: "m", state: [3, 4], valence: 20, score: 7 }),
      changed: { state: [3, 4], valence: 20, score: 7 },
    },
  },
  "ess (aggregate)": {
    create: "/ess",
    body: () => ({ module_id: "room", state: [], valence: 0, aggregate_id: [1], aggregate_module_id: ["m"] }),
    path: ({ id }) => `/v1/ess/room/${id}`,
    id: "id",
    change: {
      body: () => ({
        module_id: "room",
        state: [],
        valence: 0,
        score: 9,
        aggregate_id: [2],
        aggregate_module_id: ["m"],
      }),
      changed: { score: 9, aggregate_id: [2] },
    },
  },
  sequence: {
    create: "/sequence",
    body: (name) => ({ ...entry, context: name }),
    path: ({ id }) => `/v1/sequence/m/${id}`,
    id: "id",
    change: { body: () => ({ ...entry, status: "e" }), changed: { status: "e", context: null } },
  },
  embedding: {
    create: "/embedding",
    body: (name) => ({ module_id: "m", input: "warm", hash: name }),
    path: ({ id }) => `/v1/embedding/m/${id}`,
    id: "id",
    change: { body: (name) => ({ module_id: "m", input: "cold", hash: name }), changed: { input: "cold" } },
  },
  document: {
    create: "/document",
    body: (name) => ({ doc_id: name, text: "It was warm." }),
    path: ({ id }) => `/v1/document/${id}`,
    id: "id",
    change: {
      body: (name) => ({ doc_id: name, text: "It was cold.", embed: true }),
      changed: { text: "It was cold.", status: "embedded" },
    },
  },
  user: {
    create: "/user",
    body: (username) => ({ username, role: "writer", password: "a long passphrase" }),
    path: ({ user_id: id }) => `/v1/user/${id}`,
    id: "user_id",
    change: { body: () => ({ role: "reader", disabled: true }), changed: { role: "reader", disabled: true } },
  },
  key: {
    create: "/key",
    body: (name) => ({ name, role: "reader" }),
    path: ({ key_id: id }) => `/v1/key/${id}`,
    id: "key_id",
  },
};

const methodsOf = (method: string): string[] => {
  const names = [...routesOf(contract)].filter(([, route]) => route.method === method).map(([name]) => name);
  return [...new Set(names.map((name) => name.slice(0, name.indexOf("."))))].toSorted();
};

const all = Object.entries(rows);
const deletable = all.filter(([name]) => methodsOf("DELETE").includes(name));
const changeable = all.flatMap(([name, { change, ...row }]) => (change ? [[name, { ...row, change }] as const] : []));

beforeAll(async () => {
  server = await startTestServer();
  for (const state of [
    [1, 2],
    [3, 4],
  ])
    await server.post("/v1/ess", { module_id: "m", state, valence: 0 });
});

it("has a row for every resource that can be changed or deleted", () => {
  const resources = (names: readonly string[]) => [...new Set(names.map((name) => name.split(" ")[0]!))].toSorted();
  expect(resources(changeable.map(([name]) => name))).toEqual(methodsOf("PATCH"));
  expect(deletable.map(([name]) => name).toSorted()).toEqual(methodsOf("DELETE"));
});

describe.each(deletable)("a %s that was created under a key", (_name, { create, body, path, id }) => {
  it("can be created again once it was deleted, by the same call", async () => {
    // Calls of one body under keys of their own, as a program sends its journal.
    const calls = Array.from({ length: 4 }, () => ({ key: newKey(), body: body(newKey()) }));
    const send = () => Promise.all(calls.map((call) => post(create, call.body, call.key)));
    const first = await send();
    expect(first.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    for (const { json } of first) expect((await server.delete(path(json))).status).toBe(200);
    const again = await send();
    expect(again.map((answer) => [answer.status, isReplay(answer)])).toEqual(again.map(() => [201, false]));
    const known = first.map(({ json }) => json[id]);
    for (const { json } of again) {
      expect(known).not.toContain(json[id]);
      expect((await server.get(path(json))).status).toBe(200);
    }
    // From here on these rows are what is returned again.
    expect((await send()).map((answer) => [isReplay(answer), answer.json[id]])).toEqual(
      again.map(({ json }) => [true, json[id]]),
    );
  });

  it("is returned again where another row was deleted", async () => {
    const [kept, gone] = [newKey(), newKey()];
    const [keptBody, goneBody] = [body(newKey()), body(newKey())];
    const first = await post(create, keptBody, kept);
    const other = await post(create, goneBody, gone);
    await server.delete(path(other.json));
    const again = await post(create, keptBody, kept);
    expect([again.status, isReplay(again), again.text]).toEqual([201, true, first.text]);
  });
});

it.each(changeable)("a changed %s is returned again as it is now, with the ETag of now", async (_name, row) => {
  const { create, body, path, change } = row;
  const call = { key: newKey(), body: body(newKey()) };
  const first = await post(create, call.body, call.key);
  expect(first.status).toBe(201);
  const changed = await server.patch(path(first.json), change.body(newKey()));
  expect(changed.status).toBe(200);
  const again = await post(create, call.body, call.key);
  expect([again.status, isReplay(again)]).toEqual([201, true]);
  expect(again.json).toMatchObject(change.changed);
  const now = await server.get(path(first.json));
  expect(again.text).toBe(now.text);
  expect(again.headers["etag"]).toBe(now.headers["etag"]);
});

describe("a row whose create has other replies beside its own", () => {
  it("of a token: the repeated call has it, and the key as it is now", async () => {
    const call = { key: newKey(), body: { name: "meter", role: "reader" } };
    const first = await post("/key", call.body, call.key);
    const { token, key_id } = first.json;
    // Its use is noted behind the call.
    await server.call({ path: "/v1/module", token });
    await expect.poll(async () => (await server.get(`/v1/key/${key_id}`)).json.last_used_at).not.toBe(null);
    const again = await post("/key", call.body, call.key);
    expect(isReplay(again)).toBe(true);
    expect(again.json).toEqual({ ...(await server.get(`/v1/key/${key_id}`)).json, token });
  });

  it("of a rotated token: a revoked key is forgotten by both of its calls", async () => {
    const [made, rotated] = [newKey(), newKey()];
    const { json } = await post("/key", { name: "meter", role: "reader" }, made);
    const rotate = () => post(`/key/${json.key_id}/rotate`, undefined, rotated);
    const first = await rotate();
    expect((await rotate()).json).toEqual(first.json);
    expect((await server.delete(`/v1/key/${json.key_id}`)).status).toBe(200);
    expect((await rotate()).status).toBe(404);
    const again = await post("/key", { name: "meter", role: "reader" }, made);
    expect([again.status, isReplay(again)]).toEqual([201, false]);
    expect(again.json.key_id).not.toBe(json.key_id);
  });

  it("of a document made of a state or an entry", async () => {
    const { json } = await server.post("/v1/sequence", { module_id: "m", instance_id: 1 });
    for (const path of ["/document/ess/m/1", `/document/sequence/m/${json.id}`]) {
      const key = newKey();
      const first = await post(path, undefined, key);
      const change = { doc_id: first.json.doc_id, text: "It was cold." };
      expect((await server.patch(`/v1/document/${first.json.id}`, change)).status).toBe(200);
      expect((await post(path, undefined, key)).json).toMatchObject({ id: first.json.id, text: "It was cold." });
      expect((await server.delete(`/v1/document/${first.json.id}`)).status).toBe(200);
      const again = await post(path, undefined, key);
      expect([again.status, isReplay(again)]).toEqual([201, false]);
      expect(again.json.id).toBeGreaterThan(first.json.id);
    }
  });
});

describe("entries that a prediction stored", () => {
  let module: string;

  beforeEach(async () => {
    module = newKey();
    for (const state of [1, 2]) await server.post("/v1/ess", { module_id: module, state: [state], valence: 0 });
  });

  const ids = async (): Promise<number[]> =>
    (await server.get(`/v1/sequence/${module}`)).json.map(({ id }: { id: number }) => id);
  const ask = (key: string, more: object) =>
    post("/predictions", { module_id: module, current_state: 1, n: 3, ...more }, key);

  it.each([{ store_sequence: true }, { store_sequence: true, store_response: true }])(
    "%j: are stored again once all of them were deleted, and not before",
    async (store) => {
      const key = newKey();
      await server.post("/v1/sequence", { module_id: module, instance_id: 1 });
      expect((await ask(key, store)).status).toBe(200);
      expect(await ids()).toEqual([1, 2, 3, 4]);
      for (const [index, id] of [3, 2, 4].entries()) {
        await server.delete(`/v1/sequence/${module}/${id}`);
        const again = await ask(key, store);
        expect([again.status, isReplay(again)]).toEqual([200, index < 2]);
      }
      expect(await ids()).toEqual([1, 5, 6, 7]);
    },
  );

  it("are not theirs that were stored before and after", async () => {
    const key = newKey();
    for (let entries = 0; entries < 3; entries++)
      await server.post("/v1/sequence", { module_id: module, instance_id: 1 });
    await ask(key, { store_sequence: true });
    for (let entries = 0; entries < 3; entries++)
      await server.post("/v1/sequence", { module_id: module, instance_id: 1 });
    for (const id of [1, 2, 3, 7, 8, 9]) await server.delete(`/v1/sequence/${module}/${id}`);
    expect(isReplay(await ask(key, { store_sequence: true }))).toBe(true);
    expect(await ids()).toEqual([4, 5, 6]);
  });
});

describe("a reply that an older server kept, which did not name its row", () => {
  const older = () =>
    executeBehind(
      server,
      "UPDATE idempotency SET row_kind = NULL, row_module_id = NULL, first_row_id = NULL, last_row_id = NULL",
    );

  it.each(deletable)(
    "%s: has its row as it is now, and is free once that was deleted",
    async (_name, { create, body, path, id, change }) => {
      const [here, gone, after] = [1, 2, 3].map(() => ({ key: newKey(), body: body(newKey()) }));
      const send = (call: typeof here) => post(create, call!.body, call!.key);
      const first = [await send(here), await send(gone), await send(after)];
      await server.delete(path(first[1]!.json));
      older();
      await server.delete(path(first[2]!.json));
      if (change !== undefined) await server.patch(path(first[0]!.json), change.body(newKey()));
      const kept = await send(here);
      expect([kept.status, isReplay(kept), kept.json[id]]).toEqual([201, true, first[0]!.json[id]]);
      expect(kept.json).toMatchObject(change?.changed ?? { token: first[0]!.json.token });
      for (const call of [gone, after]) {
        const again = await send(call);
        expect([again.status, isReplay(again)]).toEqual([201, false]);
        expect(isReplay(await send(call))).toBe(true);
      }
    },
  );

  it("of a prediction is returned as it was", async () => {
    const key = newKey();
    const ask = () => post("/predictions", { module_id: "m", current_state: 1, store_sequence: true }, key);
    const first = await ask();
    older();
    expect([isReplay(await ask()), (await ask()).text]).toEqual([true, first.text]);
  });
});

it("the reply of a row that was not deleted by a caller is returned as it was", async () => {
  const call = { key: newKey(), body: { module_id: "m", input: "cool", hash: newKey() } };
  const first = await post("/embedding", call.body, call.key);
  executeBehind(server, `DELETE FROM embedding WHERE module_id = 'm' AND id = ${first.json.id}`);
  const again = await post("/embedding", call.body, call.key);
  expect([isReplay(again), again.status, again.text]).toEqual([true, 201, first.text]);
  expect(again.headers["etag"]).toBe(first.headers["etag"]);
});

describe("whatever is created, changed and deleted in whatever order", () => {
  const kinds = ["create", "change", "delete", "restart"] as const;
  const step = fc.record({ kind: fc.constantFrom(...kinds), which: fc.nat({ max: 3 }) });
  let restarts = 0;

  interface Call {
    readonly key: string;
    readonly body: unknown;
    /** Its row as the last answer showed it; undefined where it has none. */
    row: { readonly [field: string]: unknown } | undefined;
  }

  const perform: Record<(typeof kinds)[number], (call: Call, row: Row) => Promise<void>> = {
    create: async (call, { create }) => {
      const answer = await post(create, call.body, call.key);
      expect([answer.status, isReplay(answer)]).toEqual([201, call.row !== undefined]);
      expect(answer.json).toEqual(call.row ?? answer.json);
      call.row = answer.json;
    },
    change: async (call, { path, change }) => {
      if (call.row === undefined) return;
      call.row = (await server.patch(path(call.row), change?.body(newKey()))).json;
    },
    delete: async (call, { path }) => {
      if (call.row !== undefined) await server.delete(path(call.row));
      call.row = undefined;
    },
    // A few of them are enough.
    restart: async () => {
      if (++restarts <= 6) await server.restart();
    },
  };

  it.each(["sequence", "document", "embedding"])(
    "a repeated create of a %s returns its row while it is there, and makes one where it is not",
    async (name) => {
      const row = rows[name]!;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
          const calls = [0, 1, 2, 3].map((): Call => ({ key: newKey(), body: row.body(newKey()), row: undefined }));
          for (const { kind, which } of steps) await perform[kind](calls[which]!, row);
          const made = calls.flatMap((call) => call.row ?? []);
          const now = await Promise.all(made.map(async (each) => (await server.get(row.path(each))).json as unknown));
          expect(now).toEqual(made);
        }),
        { numRuns: 25 },
      );
    },
    60_000,
  );
});
