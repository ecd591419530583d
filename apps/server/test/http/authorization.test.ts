import { readFile } from "node:fs/promises";
import {
  type AppRoute,
  contract,
  liveContract,
  moduleKey,
  rootContract,
  routesOf,
  type RoutePolicy,
} from "@eca/contract";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { credentials, startTestServer, type TestServer } from "../test-server.fixture.js";

/**
 * Who may call what. The columns, in this order:
 * - none: no token;
 * - reader, writer, admin: sessions of users with that role, who may touch all modules;
 * - keyRead, keyWrite: keys of a reader's and a writer's role that are limited to the module "own";
 * - expired, revoked: administrator's keys of which that is so;
 * - disabled: the session of an administrator who was disabled.
 */
const callers = ["none", "reader", "writer", "admin", "keyRead", "keyWrite", "expired", "revoked", "disabled"] as const;
type Caller = (typeof callers)[number];

interface Request {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Row {
  /** The request on a module; what it needs is there, or made by the administrator. */
  readonly request: (module: string) => Request | Promise<Request>;
  /** The statuses on the module "own", by caller. */
  readonly own: string;
  /** The statuses on another module; absent where the operation names none. */
  readonly foreign?: string;
}

const rows: Readonly<Record<string, Row>> = {
  //                                                            none rea wri adm  kR  kW exp rev dis
  "auth.login": { request: () => login(), /*             */ own: "200 200 200 200 200 200 200 200 200" },
  "auth.session": { request: () => at("/session"), /*    */ own: "401 200 200 200 403 403 401 401 401" },
  "auth.logout": { request: () => post("/logout"), /*    */ own: "401 200 200 200 403 403 401 401 401" },
  "auth.changePassword": { request: () => samePassword(), own: "401 200 200 200 403 403 401 401 401" },

  "ess.create": {
    request: (module) => post("/ess", { ...state, module_id: module }),
    own: "401 403 201 201 403 201 401 401 401",
    foreign: "401 403 201 201 403 403 401 401 401",
  },
  "ess.create (aggregate of own)": {
    request: (module) => post("/ess", { ...aggregate(["own"]), module_id: `${module} aggregate` }),
    own: "401 403 201 201 403 201 401 401 401",
    foreign: "401 403 201 201 403 403 401 401 401",
  },
  "ess.create (aggregate of another, too)": {
    request: (module) => post("/ess", { ...aggregate(["own", module]), module_id: "own aggregate of two" }),
    own: "401 403 201 201 403 201 401 401 401",
    foreign: "401 403 201 201 403 403 401 401 401",
  },
  "ess.search": {
    request: (module) => post("/ess/search", { module_id: module, state: [1] }),
    own: "401 200 200 200 200 200 401 401 401",
    foreign: "401 200 200 200 403 403 401 401 401",
  },
  "ess.getAll": reads((module) => `/ess/${module}`),
  "ess.getAllSequence": reads((module) => `/ess/${module}/sequence`),
  "ess.getOneSequence": reads((module) => `/ess/${module}/sequence/1`),
  "ess.getOneEmbedding": reads((module) => `/ess/${module}/embedding/1`),
  "ess.getOnePretty": reads((module) => `/ess/${module}/pretty/1`),
  "ess.upsert": {
    request: (module) => ({ method: "PUT", path: `/v1/ess/${module}/upsert/1` }),
    own: "401 403 200 200 403 200 401 401 401",
    foreign: "401 403 200 200 403 403 401 401 401",
  },
  "ess.getAllAggregates": reads((module) => `/ess/${module}/aggregate/own/1`),
  "ess.getAllAggregates (in another)": reads((module) => `/ess/own/aggregate/${module}/1`),
  "ess.getOne": reads((module) => `/ess/${module}/1`),
  "ess.update": {
    request: (module) => patch(`/ess/${module}/1`, { ...state, module_id: module }),
    own: "401 403 200 200 403 200 401 401 401",
    foreign: "401 403 200 200 403 403 401 401 401",
  },
  "ess.update (aggregate)": {
    request: async (module) => {
      const { id } = await made(post("/ess", { ...aggregate(["own"]), module_id: "own aggregate" }));
      return patch(`/ess/own%20aggregate/${id}`, { ...aggregate([module]), module_id: "own aggregate" });
    },
    own: "401 403 200 200 403 200 401 401 401",
    foreign: "401 403 200 200 403 403 401 401 401",
  },

  "sequence.create": {
    request: (module) => post("/sequence", { module_id: module, instance_id: 1 }),
    own: "401 403 201 201 403 201 401 401 401",
    foreign: "401 403 201 201 403 403 401 401 401",
  },
  "sequence.getAll": reads((module) => `/sequence/${module}`),
  "sequence.getOne": reads((module) => `/sequence/${module}/1`),
  "sequence.update": {
    request: (module) => patch(`/sequence/${module}/1`, { module_id: module, instance_id: 1 }),
    own: "401 403 200 200 403 200 401 401 401",
    foreign: "401 403 200 200 403 403 401 401 401",
  },
  "sequence.delete": {
    request: async (module) => {
      const { id } = await made(post("/sequence", { module_id: module, instance_id: 1 }));
      return remove(`/sequence/${module}/${id}`);
    },
    own: "401 403 200 200 403 200 401 401 401",
    foreign: "401 403 200 200 403 403 401 401 401",
  },

  "embedding.create": {
    request: (module) => post("/embedding", { module_id: module, input: "warm", hash: unique() }),
    own: "401 403 201 201 403 201 401 401 401",
    foreign: "401 403 201 201 403 403 401 401 401",
  },
  "embedding.getAll": reads((module) => `/embedding/${module}`),
  "embedding.getOneHash": reads((module) => `/embedding/${module}/hash?hash=h`),
  "embedding.getOne": reads((module) => `/embedding/${module}/1`),
  "embedding.update": {
    request: (module) => patch(`/embedding/${module}/1`, { module_id: module, input: "warm", hash: "h" }),
    own: "401 403 200 200 403 200 401 401 401",
    foreign: "401 403 200 200 403 403 401 401 401",
  },
  "embedding.delete": {
    request: async (module) => {
      const { id } = await made(post("/embedding", { module_id: module, input: "warm", hash: unique() }));
      return remove(`/embedding/${module}/${id}`);
    },
    own: "401 403 200 200 403 200 401 401 401",
    foreign: "401 403 200 200 403 403 401 401 401",
  },

  "prediction.predict": {
    request: (module) => post("/predictions", { module_id: module }),
    own: "401 200 200 200 200 200 401 401 401",
    foreign: "401 200 200 200 403 403 401 401 401",
  },
  "prediction.predict (store_response)": {
    request: (module) => post("/predictions", { module_id: module, store_response: true }),
    own: "401 403 200 200 403 403 401 401 401",
    foreign: "401 403 200 200 403 403 401 401 401",
  },
  "prediction.predict (store_sequence)": {
    request: (module) => post("/predictions", { module_id: module, store_sequence: true }),
    own: "401 403 200 200 403 200 401 401 401",
    foreign: "401 403 200 200 403 403 401 401 401",
  },
  "prediction.predictRaw": {
    request: (module) => post("/predictions/raw", { module_id: module }),
    own: "401 200 200 200 200 200 401 401 401",
    foreign: "401 200 200 200 403 403 401 401 401",
  },
  "prediction.predictRaw (store_response)": {
    request: (module) => post("/predictions/raw", { module_id: module, store_response: true }),
    own: "401 403 200 200 403 403 401 401 401",
    foreign: "401 403 200 200 403 403 401 401 401",
  },
  "prediction.predictRaw (store_sequence)": {
    request: (module) => post("/predictions/raw", { module_id: module, store_sequence: true }),
    own: "401 403 200 200 403 200 401 401 401",
    foreign: "401 403 200 200 403 403 401 401 401",
  },

  "document.create": {
    request: () => post("/document", { doc_id: "d", text: "It was warm." }),
    own: "401 403 201 201 403 403 401 401 401",
  },
  "document.createFromEss": {
    request: (module) => post(`/document/ess/${module}/1`),
    own: "401 403 201 201 403 403 401 401 401",
    foreign: "401 403 201 201 403 403 401 401 401",
  },
  "document.createFromSequence": {
    request: (module) => post(`/document/sequence/${module}/1`),
    own: "401 403 201 201 403 403 401 401 401",
    foreign: "401 403 201 201 403 403 401 401 401",
  },
  "document.getAll": { request: () => at("/document"), /*     */ own: "401 200 200 200 403 403 401 401 401" },
  "document.getOne": { request: () => at("/document/1"), /*   */ own: "401 200 200 200 403 403 401 401 401" },
  "document.update": {
    request: () => patch("/document/1", { doc_id: "d", text: "It was cold." }),
    own: "401 403 200 200 403 403 401 401 401",
  },
  "document.embed": {
    request: () => ({ method: "PUT", path: "/v1/document/embed/1" }),
    own: "401 403 200 200 403 403 401 401 401",
  },
  "document.delete": {
    request: async () => remove(`/document/${(await made(post("/document", { doc_id: "d", text: "t" }))).id}`),
    own: "401 403 200 200 403 403 401 401 401",
  },

  "response.getAll": { request: () => at("/response"), /*     */ own: "401 200 200 200 403 403 401 401 401" },
  "response.getOne": { request: () => at("/response/1"), /*   */ own: "401 200 200 200 403 403 401 401 401" },

  "retrieval.query": {
    request: () => post("/retrieval", { query: "When was it warm?" }),
    own: "401 200 200 200 403 403 401 401 401",
  },

  "module.getAll": { request: () => at("/module"), /*         */ own: "401 200 200 200 200 200 401 401 401" },
  "module.getOne": reads((module) => `/module/${module}`),

  "user.create": {
    request: () => post("/user", { username: unique(), role: "reader", password: "a-password" }),
    own: "401 403 403 201 403 403 401 401 401",
  },
  "user.getAll": { request: () => at("/user"), /*             */ own: "401 403 403 200 403 403 401 401 401" },
  "user.getOne": { request: () => at(`/user/${someUser}`), /* */ own: "401 403 403 200 403 403 401 401 401" },
  "user.update": {
    request: () => patch(`/user/${someUser}`, { role: "reader" }),
    own: "401 403 403 200 403 403 401 401 401",
  },

  "key.create": {
    request: () => post("/key", { name: "meter", role: "reader" }),
    own: "401 403 403 201 403 403 401 401 401",
  },
  "key.getAll": { request: () => at("/key"), /*               */ own: "401 403 403 200 403 403 401 401 401" },
  "key.getOne": {
    request: async () => at(`/key/${(await newKey()).key_id}`),
    own: "401 403 403 200 403 403 401 401 401",
  },
  "key.rotate": {
    request: async () => post(`/key/${(await newKey()).key_id}/rotate`),
    own: "401 403 403 200 403 403 401 401 401",
  },
  "key.revoke": {
    request: async () => remove(`/key/${(await newKey()).key_id}`),
    own: "401 403 403 200 403 403 401 401 401",
  },

  "audit.getAll": { request: () => at("/audit"), /*           */ own: "401 403 403 200 403 403 401 401 401" },

  "limits.get": { request: () => at("/limits"), /*            */ own: "401 200 200 200 200 200 401 401 401" },

  // What a frame names is held against its caller's modules: see live.test.ts.
  "live.connect": { request: () => handshake(), /*            */ own: "401 101 101 101 101 101 401 401 401" },

  "health.healthz": { request: () => ({ path: "/healthz" }), own: "200 200 200 200 200 200 200 200 200" },
  "health.readyz": { request: () => ({ path: "/readyz" }), /**/ own: "200 200 200 200 200 200 200 200 200" },
  "metrics.get": { request: () => ({ path: "/metrics" }), /* */ own: "401 403 403 200 403 403 401 401 401" },
};

const state = { state: [1], valence: 10, embedding_input: 1 };
const password = "a-users-password";

let server: TestServer;
let someUser: string;
let now = Date.UTC(2026, 0, 1) * 1000;
let last = 0;
const tokens = new Map<Caller, string>();

function reads(path: (module: string) => string): Row {
  return {
    request: (module) => at(path(module)),
    own: "401 200 200 200 200 200 401 401 401",
    foreign: "401 200 200 200 403 403 401 401 401",
  };
}

const at = (path: string): Request => ({ path: `/v1${path}` });
const post = (path: string, body?: unknown): Request => ({ method: "POST", path: `/v1${path}`, body });
const patch = (path: string, body: unknown): Request => ({ method: "PATCH", path: `/v1${path}`, body });
const remove = (path: string): Request => ({ method: "DELETE", path: `/v1${path}` });
const handshake = (): Request => ({
  path: "/v1/ws",
  headers: {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  },
});
const login = (): Request => post("/login", credentials);
const samePassword = (): Request => post("/password", { current_password: password, new_password: password });
const unique = (): string => `name ${(last += 1)}`;

function aggregate(modules: readonly string[]): object {
  return { state: [], valence: 0, aggregate_id: modules.map(() => 1), aggregate_module_id: modules };
}

/** What the administrator makes; it must work out. */
async function made(request: Request): Promise<{ id: number; key_id: string; user_id: string; token: string }> {
  const answer = await server.call(request);
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.json;
}

const newKey = (more: object = {}) => made(post("/key", { name: "meter", role: "admin", ...more }));
const newUser = (username: string, role: string) => made(post("/user", { username, role, password }));

async function sessionOf(username: string): Promise<string> {
  const { status, json } = await server.call({ ...post("/login", { username, password }), token: null });
  expect(status).toBe(200);
  return json.session_id;
}

beforeAll(async () => {
  server = await startTestServer({}, { clock: () => ++now });
  for (const module of ["own", "foreign"]) {
    await made(post("/ess", { ...state, module_id: module }));
    await made(post("/sequence", { module_id: module, instance_id: 1 }));
    await made(post("/embedding", { module_id: module, input: "warm", hash: "h" }));
  }
  await made(post("/document", { doc_id: "d", text: "It was warm." }));
  expect((await server.post("/v1/predictions", { module_id: "own", store_response: true })).status).toBe(200);
  for (const role of ["reader", "writer", "admin"] as const) {
    await newUser(`the ${role}`, role);
    await newUser(`another ${role}`, role);
    tokens.set(role, await sessionOf(`the ${role}`));
  }
  someUser = (await newUser("somebody", "reader")).user_id;

  const modules = ["own", "own aggregate", "own aggregate of two"];
  tokens.set("keyRead", (await newKey({ role: "reader", modules })).token);
  tokens.set("keyWrite", (await newKey({ role: "writer", modules })).token);
  const expires = new Date(now / 1000 + 60_000).toISOString();
  tokens.set("expired", (await newKey({ expires_at: expires })).token);
  const revoked = await newKey();
  tokens.set("revoked", revoked.token);
  await server.call(remove(`/key/${revoked.key_id}`));
  const disabled = await newUser("disabled", "admin");
  tokens.set("disabled", await sessionOf("disabled"));
  await server.call(patch(`/user/${disabled.user_id}`, { disabled: true }));
  now += 61_000_000;
});

/** A caller's token; that of another session each time where the operation ends sessions. */
async function tokenOf(caller: Caller, operation: string): Promise<string | null> {
  const isUser = ["reader", "writer", "admin"].includes(caller);
  if (operation.startsWith("auth.") && isUser) return sessionOf(`another ${caller}`);
  return tokens.get(caller) ?? null;
}

async function statuses(operation: string, module: string): Promise<string> {
  const answered: number[] = [];
  for (const caller of callers) {
    const token = await tokenOf(caller, operation);
    const { status, headers } = await server.call({ ...(await rows[operation]!.request(module)), token });
    answered.push(status);
    const refusal = { 401: "unauthenticated", 403: "forbidden" }[status];
    expect(headers["x-error-code"]).toBe(refusal);
  }
  return answered.join(" ");
}

const policyOf = ({ metadata }: AppRoute): RoutePolicy => metadata as RoutePolicy;

type Place = readonly [part: string, ...path: string[]];

/** Where the schemas of a route name modules: in a field, or in the entries of a list. */
function placesOf(route: AppRoute): Place[] {
  const parts = { params: route.pathParams, query: route.query, body: "body" in route ? route.body : undefined };
  return Object.entries(parts).flatMap(([part, schema]) => {
    if (!(schema instanceof z.ZodObject)) return [];
    return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([field, each]): Place[] => {
      const json = JSON.stringify(z.toJSONSchema(each, { io: "input", unrepresentable: "any" }));
      if (!json.includes(moduleKey)) return [];
      return [json.includes('"items"') ? [part, field, "0"] : [part, field]];
    });
  });
}

describe("the table", () => {
  const operations = new Set(Object.keys(rows).map((row) => row.split(" ", 1)[0]));

  it("has a row for every route of the contract, and for no other", () => {
    const names = [...routesOf(contract), ...routesOf(rootContract), ...routesOf(liveContract)].map(([name]) => name);
    expect([...operations].toSorted()).toEqual(names.toSorted());
  });

  it("has a row for every operation of the OpenAPI document", async () => {
    const document = JSON.parse(await readFile(new URL("../../../../docs/openapi.json", import.meta.url), "utf8")) as {
      paths: Record<string, Record<string, { operationId?: string }>>;
    };
    const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map((each) => each.operationId));
    expect(ids.filter((id) => id !== undefined && !operations.has(id))).toEqual([]);
    expect(ids.length).toBeGreaterThan(0);
  });
});

/** The routes that a caller who is limited to modules may call on them, with the rows of each. */
const limited = [...routesOf(contract)].filter(([, route]) => policyOf(route).modules === "named");
const rowsOf = (name: string) => Object.entries(rows).filter(([row]) => row.split(" ", 1)[0] === name);

describe("what a body's fields do beside their route", () => {
  const fields = [...routesOf(contract)].flatMap(([name, route]) =>
    Object.keys(policyOf(route).effects ?? {}).map((field) => [name, field] as const),
  );

  it.each(fields)("%s by %s has a row", async (name, field) => {
    const row = rows[`${name} (${field})`];
    const { body } = (await row?.request("own")) ?? {};
    expect(body).toMatchObject({ [field]: true });
  });

  it("is not done where it is refused, whatever else the call may do", async () => {
    const seen = async () =>
      Promise.all(["/v1/response", "/v1/sequence/own"].map(async (path) => (await server.get(path)).text));
    const before = await seen();
    const token = tokens.get("keyWrite")!;
    for (const path of ["/predictions", "/predictions/raw"]) {
      const body = { module_id: "own", store_response: true, store_sequence: true };
      for (const headers of [{}, { "idempotency-key": "refused" }]) {
        const answer = await server.call({ ...post(path, body), token, headers });
        expect([answer.status, answer.headers["x-error-code"]]).toEqual([403, "forbidden"]);
        expect(answer.json.errors).toEqual([expect.stringMatching(/^store_response: .* leave it out$/)]);
      }
    }
    expect(await seen()).toEqual(before);
  });
});

describe("whatever names a module", () => {
  /** The same request with a foreign module at one place. */
  function naming(request: Request, route: AppRoute, part: string, path: readonly string[]): Request | undefined {
    if (part === "params") {
      const place = route.path.split("/").indexOf(`:${path[0]}`);
      return {
        ...request,
        path: request.path
          .split("/")
          .with(place + 1, "foreign")
          .join("/"),
      };
    }
    // JSON, so that a change of the copy is none of the request.
    const body = structuredClone(request.body) as Record<string, unknown> | undefined;
    const [field = "", entry] = path;
    if (body === undefined || !(field in body)) return undefined;
    body[field] = entry === undefined ? "foreign" : ["foreign", ...(body[field] as string[]).slice(1)];
    return { ...request, body };
  }

  it.each(
    limited.flatMap(([name, route]) => placesOf(route).map((place) => [name, place.join(" "), route, place] as const)),
  )("%s by %s is held against the caller's modules", async (name, _place, route, [part, ...path]) => {
    const token = tokens.get("keyWrite")!;
    const requests = await Promise.all(rowsOf(name).map(async ([, row]) => row.request("own")));
    const foreign = requests.flatMap((request) => naming(request, route, part, path) ?? []);
    expect(foreign.length).toBeGreaterThan(0);
    for (const request of foreign) {
      const answer = await server.call({ ...request, token });
      expect([answer.status, answer.headers["x-error-code"]]).toEqual([403, "forbidden"]);
      expect(answer.text).toContain("foreign");
    }
  });
});

it.each(Object.entries(rows))("%s on the caller's own module", async (operation, { own }) => {
  expect(await statuses(operation, "own")).toBe(own);
});

describe.each(Object.entries(rows).filter(([, { foreign }]) => foreign !== undefined))("%s", (operation, row) => {
  it("on another module", async () => {
    expect(await statuses(operation, "foreign")).toBe(row.foreign);
  });

  it("tells a limited key nothing of whether another module exists", async () => {
    const token = tokens.get("keyWrite")!;
    const known = await server.call({ ...(await row.request("foreign")), token });
    const unknown = JSON.parse(
      JSON.stringify(await row.request("foreign")).replaceAll("foreign", "missing"),
    ) as Request;
    const answer = await server.call({ ...unknown, token });
    expect(answer.status).toBe(403);
    expect(answer.text).toBe(known.text.replaceAll("foreign", "missing"));
  });
});

describe("a key that is limited to modules", () => {
  it("lists its own modules alone, whole and in pages", async () => {
    const token = tokens.get("keyRead")!;
    const namesAt = async (path: string) => {
      const { json, headers } = await server.call({ path, token });
      return { names: json.map((each: { module_id: string }) => each.module_id), link: headers["link"] };
    };
    expect((await namesAt("/v1/module")).names).toEqual(["own", "own aggregate", "own aggregate of two"]);
    expect((await namesAt("/v1/module?order=desc")).names.at(-1)).toBe("own");
    const first = await namesAt("/v1/module?limit=2");
    expect(first.names).toEqual(["own", "own aggregate"]);
    const next = /<([^>]+)>/.exec(String(first.link))![1]!;
    expect((await namesAt(next)).names).toEqual(["own aggregate of two"]);
  });

  it("is told which module it may not touch, and where it stands", async () => {
    const token = tokens.get("keyWrite")!;
    const body = { ...aggregate(["own", "foreign"]), module_id: "other" };
    const headers = { accept: "application/problem+json" };
    const { json } = await server.call({ method: "POST", path: "/v1/ess", body, token, headers });
    expect(json.errors).toEqual([
      { pointer: "#/module_id", detail: 'the key is limited to other modules than "other"' },
      { pointer: "#/aggregate_module_id/1", detail: 'the key is limited to other modules than "foreign"' },
    ]);
  });

  it("names its modules exactly: neither a prefix nor another spelling is one of them", async () => {
    const token = tokens.get("keyRead")!;
    for (const module of ["ow", "Own", "own%20", "own%2F1", "%6Fwn%00"]) {
      expect((await server.call({ path: `/v1/ess/${module}`, token })).status).toBeGreaterThanOrEqual(400);
      expect((await server.call({ path: `/v1/ess/${module}`, token })).status).toBeLessThan(404);
    }
    expect((await server.call({ path: "/v1/ess/%6Fwn", token })).status).toBe(200);
  });
});
