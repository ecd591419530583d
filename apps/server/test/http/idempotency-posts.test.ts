import { beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config/config.js";
import { toLimits } from "../../src/limits/limits.js";
import { openApiDocument } from "../../src/openapi/document.js";
import { type Answer, startTestServer, type TestServer } from "../test-server.fixture.js";

/** Every POST of the OpenAPI document that takes an `Idempotency-Key` keeps its promise; one without a row here fails. */

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, object>>;
}

interface Caller {
  readonly token: string;
}

interface Request {
  readonly path: string;
  readonly body?: unknown;
  /** Another path of the same route, where it takes no body. */
  readonly otherPath?: string;
  /** The same call of another user cannot succeed beside this one. */
  readonly isUnique?: true;
}

const { sizes } = toLimits(readConfig({}));
const document = openApiDocument(sizes) as { paths: Record<string, Record<string, Operation>> };
const posts = Object.values(document.paths).flatMap(({ post }) => (post === undefined ? [] : [post]));
/** Those about the caller's own login, which are repeated as they are: `idempotency-secrets.test.ts` has them. */
const keyless = ["auth.login", "auth.logout", "auth.changePassword"];
const keyed = posts.filter(({ operationId }) => !keyless.includes(operationId));
const takesKey = ({ parameters = [] }: Operation): boolean => parameters.some(({ name }) => name === "idempotency-key");

let server: TestServer;
let made = 0;

const requests: Readonly<Record<string, () => Request | Promise<Request>>> = {
  "ess.create": () => ({ path: "/ess", body: { module_id: "m", state: [7], valence: 1 } }),
  "ess.search": () => ({ path: "/ess/search", body: { module_id: "m", state: [1], limit: 3 } }),
  "sequence.create": () => ({ path: "/sequence", body: { module_id: "m", instance_id: 1 } }),
  "embedding.create": () => ({
    path: "/embedding",
    body: { module_id: "m", input: "warm", hash: "h" },
    isUnique: true,
  }),
  "prediction.predict": () => ({ path: "/predictions", body: { module_id: "m", current_state: 1 } }),
  "prediction.predictRaw": () => ({
    path: "/predictions/raw",
    body: { module_id: "m", current_state: 1, store_sequence: true },
  }),
  "document.create": () => ({ path: "/document", body: { doc_id: "d", text: "warm", embed: true } }),
  "document.createFromEss": () => ({ path: "/document/ess/m/1", otherPath: "/document/ess/m/2" }),
  "document.createFromSequence": () => ({ path: "/document/sequence/m/1", otherPath: "/document/sequence/m/-1" }),
  "retrieval.query": () => ({ path: "/retrieval", body: { query: "what is warm?" } }),
  "user.create": () => ({
    path: "/user",
    body: { username: "zoe", role: "reader", password: "a long passphrase" },
    isUnique: true,
  }),
  "key.create": () => ({ path: "/key", body: { name: "meter", role: "reader" } }),
  "key.rotate": async () => {
    const [key, other] = [await newKey(), await newKey()];
    return { path: `/key/${key}/rotate`, otherPath: `/key/${other}/rotate` };
  },
};

async function newKey(): Promise<string> {
  return (await server.post("/v1/key", { name: "robot", role: "reader" })).json.key_id;
}

/** An administrator who has just logged in. */
async function newCaller(): Promise<Caller> {
  const login = { username: `caller ${++made}`, password: `the password of caller ${made}` };
  expect((await server.post("/v1/user", { ...login, role: "admin" })).status).toBe(201);
  return { token: (await server.post("/v1/login", login)).json.session_id };
}

function send(id: string, { path, body }: Request, { token }: Caller): Promise<Answer> {
  return server.call({
    method: "POST",
    path: `/v1${path}`,
    headers: { "idempotency-key": `"key of ${id}"` },
    token,
    ...(body !== undefined && { body }),
  });
}

/** The same JSON in other bytes: another body. */
function otherThan({ path, body, otherPath = path }: Request): Request {
  return body === undefined ? { path: otherPath } : { path, body: JSON.stringify(body, null, 1) };
}

const isReplay = ({ headers }: Answer): boolean => headers["idempotency-replayed"] === "true";
const contentOf = ({ status, text, headers: { etag, "content-type": type } }: Answer) => ({ status, text, etag, type });

beforeAll(async () => {
  server = await startTestServer({ ECA_LOGIN_FAILURES: "1000/1m", ECA_LOGIN_FAILURES_ADDRESS: "1000/1m" });
  for (const state of [1, 2, 3]) await server.post("/v1/ess", { module_id: "m", state: [state], valence: 0 });
  for (const instance_id of [1, 2]) await server.post("/v1/sequence", { module_id: "m", instance_id });
});

it("every POST has a row but those about the caller's own login, and every row is a POST", () => {
  expect(posts.map(({ operationId }) => operationId).toSorted()).toEqual(
    [...Object.keys(requests), ...keyless].toSorted(),
  );
  expect(posts.filter((post) => !takesKey(post)).map(({ operationId }) => operationId)).toEqual(keyless);
});

/** What each was answered first, to be asked for once more after a restart. */
const answered: { id: string; request: Request; caller: Caller; first: Answer }[] = [];

describe.each(keyed.map((operation) => [operation.operationId, operation] as const))("%s", (id, operation) => {
  let caller: Caller;
  let request: Request;
  let first: Answer;

  beforeAll(async () => {
    caller = await newCaller();
    request = await requests[id]!();
  });

  it("says so in the OpenAPI document", () => {
    const header = operation.parameters?.find(({ name }) => name === "idempotency-key");
    expect(header).toMatchObject({ in: "header", required: false });
    expect(operation.responses["422"]).toBeDefined();
    expect(operation.responses["409"]).toBeDefined();
    const success = operation.responses["200"] ?? operation.responses["201"];
    expect(success).toMatchObject({ headers: { "Idempotency-Replayed": expect.anything() } });
  });

  it("is carried out once, and answered the same again", async () => {
    first = await send(id, request, caller);
    expect([200, 201]).toContain(first.status);
    expect(isReplay(first)).toBe(false);
    for (let round = 0; round < 2; round++) {
      const again = await send(id, request, caller);
      expect(contentOf(again)).toEqual(contentOf(first));
      expect(isReplay(again)).toBe(true);
    }
    answered.push({ id, request, caller, first });
  });

  it("is refused with another body, or another path where it takes none", async () => {
    const refused = await send(id, otherThan(request), caller);
    expect([refused.status, refused.headers["x-error-code"]]).toEqual([422, "idempotency_mismatch"]);
    expect(isReplay(refused)).toBe(false);
    expect(contentOf(await send(id, request, caller))).toEqual(contentOf(first));
  });

  it("is another call of another user", async () => {
    const stranger = await newCaller();
    const theirs = await send(id, request, stranger);
    expect(isReplay(theirs)).toBe(false);
    expect(theirs.status).toBe(request.isUnique ? 409 : first.status);
    expect(theirs.headers["x-error-code"]).not.toBe("idempotency_in_flight");
    expect(contentOf(await send(id, request, caller))).toEqual(contentOf(first));
  });

  it("is carried out each time without a key", async () => {
    if (request.isUnique) return;
    const free = await server.call({
      method: "POST",
      path: `/v1${request.path}`,
      token: caller.token,
      ...(request.body !== undefined && { body: request.body }),
    });
    expect(free.status).toBe(first.status);
    expect(isReplay(free)).toBe(false);
  });
});

it("every answer outlives a restart", async () => {
  expect(answered).toHaveLength(keyed.length);
  await server.restart();
  for (const { id, request, caller, first } of answered) {
    const again = await send(id, request, caller);
    expect([id, again.status, isReplay(again), again.text]).toEqual([id, first.status, true, first.text]);
  }
});
