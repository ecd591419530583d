import { type AppRoute, contract, liveContract, rootContract, routesOf, type RoutePolicy } from "@eca/contract";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { sendRaw } from "../raw-connection.fixture.js";
import { type Answer, startTestServer, type TestServer } from "../test-server.fixture.js";
import { openFingerprint } from "./fingerprint.fixture.js";
import { type FuzzRequest, type Operation, operations, requestsOf } from "./operations.fixture.js";
import { violationsOf } from "./violations.fixture.js";

/** The same requests every time; set these to look for others: `FUZZ_SEED=7 FUZZ_RUNS=1000`. */
const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_123);
const numRuns = Number(process.env["FUZZ_RUNS"] ?? 30);

const routes = new Map<string, AppRoute>([...routesOf(contract), ...routesOf(rootContract), ...routesOf(liveContract)]);

let server: TestServer;
let fingerprint: () => string;
let pools: Record<string, fc.Arbitrary<unknown>>;
let passing = 0;

beforeAll(async () => {
  server = await startTestServer({
    ECA_BODY_LIMIT: "256KiB",
    ECA_MAX_STATE_LENGTH: "100",
    ECA_MAX_TEXT_LENGTH: "1000",
    // Wrong passwords are among what is tried.
    ECA_LOGIN_FAILURES: "1000000/10m",
    ECA_LOGIN_FAILURES_ADDRESS: "1000000/10m",
  });
  for (const module_id of ["ac", "__proto__", "a b/%"]) {
    for (let row = 1; row <= 8; row++) {
      await made("/v1/ess", { module_id, state: [row, -row], valence: row, embedding_input: row });
      await made("/v1/sequence", { module_id, instance_id: row });
      await made("/v1/embedding", { module_id, input: `text ${row}`, hash: `hash ${row}` });
      await made("/v1/document", { doc_id: `doc ${row}`, text: `text ${row}`, embed: true });
    }
  }
  const aggregate = { module_id: "room", state: [], aggregate_id: [1, 2], aggregate_module_id: ["ac", "ac"] };
  for (let row = 1; row <= 8; row++) await made("/v1/ess", { ...aggregate, valence: 0 });
  await made("/v1/predictions", { module_id: "ac", n: 2, store_response: true });
  const user = await made("/v1/user", { username: "victim", role: "writer", password: "long enough" });
  const keyIds: string[] = [];
  while (keyIds.length < 20) {
    const key = await made("/v1/key", { name: `victim ${keyIds.length}`, role: "reader" });
    keyIds.push(key.json.key_id);
  }
  const page = await server.get("/v1/ess/ac?limit=1");
  pools = poolsOf(user.json.user_id, keyIds, /after=([^&>]+)/.exec(String(page.headers["link"]))?.[1] ?? "");
  fingerprint = openFingerprint(server.folder);
});

/** What is to be there before anything hostile comes. */
async function made(path: string, body: object): Promise<Answer> {
  const answer = await server.post(path, body);
  expect([answer.status, answer.text]).toEqual([expect.toBeOneOf([200, 201]), expect.any(String)]);
  return answer;
}

/** What the server knows, so that requests get past the look-ups. */
function poolsOf(userId: string, keyIds: readonly string[], cursor: string): Record<string, fc.Arbitrary<unknown>> {
  const moduleId = fc.constantFrom("ac", "ac", "ac", "__proto__", "__proto__", "a b/%", "a b/%", "room", "nobody");
  const rowId = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 8 }) }, fc.constantFrom(-1, 0, 99));
  const noComponents = fc.constant([]);
  return {
    module_id: moduleId,
    "aggregate_module_id[]": fc.oneof(noComponents, fc.array(moduleId, { maxLength: 3 })),
    aggregate_module_id: moduleId,
    "aggregate_shape[]": noComponents,
    "aggregate_valence[]": noComponents,
    "aggregate_score[]": noComponents,
    "aggregate_context[]": noComponents,
    "aggregate_emb_inp[]": noComponents,
    id: rowId,
    instance_id: rowId,
    "aggregate_id[]": fc.oneof(noComponents, fc.array(rowId, { maxLength: 3 })),
    embedding_input: fc.constantFrom(null, 1, 2),
    current_state: fc.constantFrom(null, 1, 2, 3),
    "state[]": fc.oneof(
      { weight: 6, arbitrary: fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 2, maxLength: 2 }) },
      noComponents,
    ),
    hash: fc.constantFrom("hash 1", "hash 2", "hash 9"),
    limit: fc.integer({ min: 1, max: 5 }),
    after: fc.constant(cursor),
    n: fc.integer({ min: 0, max: 5 }),
    user_id: fc.constant(userId),
    key_id: fc.constantFrom(...keyIds),
    username: fc.constantFrom("victim", "admin", "somebody else"),
    current_password: fc.constantFrom("test-password", "wrong"),
    password: fc.constantFrom("test-password", "long enough"),
    "idempotency-key": fc.constantFrom("one", "two", '"one"'),
    "if-match": fc.constantFrom("*", "*", '"1"', '"99"'),
    "if-none-match": fc.constantFrom("*", '"1"'),
  };
}

describe(`every operation of the OpenAPI document, ${numRuns} requests each with the seed ${seed}`, () => {
  it.each(operations.map((operation, index) => [operation.id, operation, index] as const))(
    "%s",
    async (id, operation, index) => {
      const route = routes.get(id) as AppRoute;
      const logged = server.logs.length;
      const outcomes = { taken: 0, refused: 0 };
      await fc.assert(
        fc.asyncProperty(requestsOf(operation, { pools, wanted: ["valence"] }), async (request) => {
          const token = policyOf(route).credential === "session" ? await passingSession() : server.token;
          const state = fingerprint();
          const answer = await server.call({ ...request, token });
          expect(violationsOf(operation, route, answer)).toEqual([]);
          outcomes[answer.status < 400 ? "taken" : "refused"] += 1;
          const next = fingerprint();
          const isRead = answer.status >= 400 || !mayWrite(operation, route, request);
          expect([isRead, isRead ? next : state]).toEqual([isRead, state]);
        }),
        { seed: seed + index, numRuns, endOnFailure: true },
      );
      // Requests that are all refused at the door would find nothing behind it.
      expect([outcomes, outcomes.taken > 0]).toEqual([outcomes, id !== "live.connect"]);
      expect((await server.call({ path: "/healthz", token: null })).status).toBe(200);
      expect(failuresFrom(logged)).toEqual([]);
    },
  );
});

const policyOf = ({ metadata }: AppRoute): RoutePolicy => metadata as RoutePolicy;

/** The session of somebody new: calls that are about their own session may end it, or change their password. */
async function passingSession(): Promise<string> {
  passing += 1;
  const somebody = { username: `passing ${passing}`, password: "test-password" };
  await server.post("/v1/user", { ...somebody, role: "reader" });
  return (await server.post("/v1/login", somebody)).json.session_id;
}

/** Whether a call may change something when it is not refused: all but reads, searches and mere predictions. */
function mayWrite({ method }: Operation, route: AppRoute, { body = "" }: FuzzRequest): boolean {
  const { rate, effects = {} } = policyOf(route);
  if (method === "GET") return false;
  return rate !== "search" || Object.keys(effects).some((field) => body.includes(field));
}

/** What the server logged as an error, or worse, from a line on. */
function failuresFrom(line: number): string[] {
  return server.logs.slice(line).filter((text) => (JSON.parse(text) as { level: number }).level >= 50);
}

describe(`any bytes at all, with the seed ${seed}`, () => {
  const line = fc.oneof(
    fc.constantFrom(
      "GET /healthz HTTP/1.1",
      "POST /v1/login HTTP/1.1",
      "host: x",
      "content-length: 5",
      "transfer-encoding: chunked",
    ),
    fc.constantFrom("connection: upgrade", "upgrade: websocket", "upgrade: h2c", "expect: 100-continue", "", "0", "5"),
    fc.string({ unit: "binary", maxLength: 20 }),
  );

  it("are answered by a refusal or by nothing, and do no harm", async () => {
    const state = fingerprint();
    const logged = server.logs.length;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
          fc.array(line, { maxLength: 8 }).map((lines) => Buffer.from(`${lines.join("\r\n")}\r\n\r\n`)),
        ),
        async (bytes) => {
          for (const answer of await sendRaw(server.url, bytes, { end: true })) {
            expect([100, 200, 400, 401, 404, 405, 408, 411, 413, 415, 426, 431]).toContain(answer.status);
          }
        },
      ),
      { seed, numRuns: numRuns * 8, endOnFailure: true },
    );
    expect((await server.get("/healthz")).status).toBe(200);
    expect(fingerprint()).toBe(state);
    expect(failuresFrom(logged)).toEqual([]);
  });
});
