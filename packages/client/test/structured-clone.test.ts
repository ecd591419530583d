import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { contract, isAppRoute, type AppRoute, type AppRouter } from "@eca/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createClient,
  ECA,
  EcaAbortError,
  EcaArgumentError,
  EcaConnectionError,
  type EcaError,
  EcaProtocolError,
  EcaResponseError,
  EcaTimeoutError,
} from "../src/index.js";
import type { Reply } from "../src/reply.js";
import { credentials, type EcaServer, startEcaServer } from "./eca-server.fixture.js";
import { reply, startTestServer, type TestServer, unusedBaseUrl } from "./test-server.fixture.js";
import { tourWithFacade } from "./tour.fixture.js";

/** What `postMessage` makes of a value on its way to another thread. */
async function posted<Value>(value: Value): Promise<Value> {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(value);
  const [data] = (await once(port2, "message")) as [Value];
  port2.close();
  return data;
}

const headers = { etag: '"7"', "x-request-id": "r-1", "ignored-fields": '"colour"', link: '</v1/x>; rel="next"' };
const body = { list: [1.5, null, "text"], nested: { flag: true } };

type AnyCall = (args: object) => Promise<Reply>;

function callsOf(router: AppRouter, calls: object, prefix = ""): [string, AppRoute, AnyCall][] {
  return Object.entries(router).flatMap(([name, entry]): [string, AppRoute, AnyCall][] => {
    const found = (calls as Record<string, unknown>)[name];
    const operation = `${prefix}${name}`;
    return isAppRoute(entry)
      ? [[operation, entry, found as AnyCall]]
      : callsOf(entry, found as object, `${operation}.`);
  });
}

const routes = callsOf(contract, createClient({ baseUrl: "http://127.0.0.1:1/v1", token: "t" })).map(
  ([operation, route]) => [operation, route] as const,
);

describe("a reply survives structuredClone and postMessage", () => {
  let server: TestServer;
  /** What the server answers next. */
  let status = 200;
  let answered: unknown = body;
  const calls = new Map<string, AnyCall>();

  beforeAll(async () => {
    server = await startTestServer((_, response) => reply(response, status, answered, headers));
    const client = createClient({ baseUrl: server.baseUrl, token: "t", retry: false });
    for (const [operation, , call] of callsOf(contract, client)) calls.set(operation, call);
  });

  afterAll(() => server.close());

  const call = (operation: string, route: AppRoute, more: object = {}): Promise<Reply> => {
    const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name = ""]) => [name, "1"]);
    return (calls.get(operation) as AnyCall)({
      params: Object.fromEntries(names),
      ...(route.method === "GET" ? {} : { body: {} }),
      ...more,
    });
  };

  it.each(routes)("%s", async (operation, route) => {
    for (const success of Object.keys(route.responses).map(Number)) {
      if (success >= 300) continue;
      for (const each of [body, [body], null, "text"]) {
        [status, answered] = [success, each];
        const original = await call(operation, route);
        expect(original).toMatchObject({ status, body: each, headers });
        for (const copy of [structuredClone(original), await posted(original)]) {
          expect(copy).toStrictEqual(original);
          expect(copy.headers).toMatchObject(headers);
        }
        expect(JSON.parse(JSON.stringify(original))).toEqual(original);
      }
    }
  });

  it("that says that nothing has changed", async () => {
    status = 304;
    const original = await call("ess.getOne", contract.ess.getOne, { ifNoneMatch: '"7"' });
    expect(original).toMatchObject({ status: 304, body: undefined, headers: { etag: '"7"' } });
    expect(structuredClone(original)).toStrictEqual(original);
  });

  it("and so do the rows of a list that is read page by page", async () => {
    [status, answered] = [200, [body, body]];
    const client = createClient({ baseUrl: server.baseUrl, token: "t" });
    for await (const row of client.sequence.getAll.each({ params: { module_id: "a" } })) {
      expect(structuredClone(row)).toStrictEqual(body);
      break;
    }
  });
});

it("what the facade resolves to survives structuredClone", async () => {
  const server: EcaServer = await startEcaServer();
  try {
    const tour = await tourWithFacade(new ECA({ uri: server.baseUrl, ...credentials }));
    expect(structuredClone(tour)).toStrictEqual(tour);
    const client = createClient({ baseUrl: server.baseUrl, ...credentials });
    const { headers } = structuredClone(await client.sequence.getAll({ params: { module_id: "aggregate001" } }));
    expect(headers).toMatchObject({
      etag: expect.any(String) as unknown,
      "x-request-id": expect.any(String) as unknown,
    });
  } finally {
    await server.close();
  }
});

describe("an error survives structuredClone as far as the platform lets it", () => {
  const refusal = { errors: ["no state 7"] };
  const answers: [
    string,
    { new (...args: never[]): EcaError },
    (baseUrl: string, ended: string) => Promise<unknown>,
  ][] = [
    ["a refusal", EcaResponseError, (baseUrl) => getOne(baseUrl)],
    ["a foreign answer", EcaProtocolError, (baseUrl) => getOne(baseUrl.replace("/v1", "/html"))],
    ["no answer", EcaConnectionError, (_, ended) => getOne(ended)],
    ["no answer in time", EcaTimeoutError, (baseUrl) => getOne(baseUrl.replace("/v1", "/never"), { timeoutMs: 1 })],
    ["a call that was given up", EcaAbortError, (baseUrl) => getOne(baseUrl, { signal: AbortSignal.abort() })],
    [
      "a call that cannot be sent",
      EcaArgumentError,
      (baseUrl) => getOne(baseUrl, { params: { module_id: "..", id: 1 } }),
    ],
  ];
  let server: TestServer;
  let ended: string;

  beforeAll(async () => {
    ended = await unusedBaseUrl();
    server = await startTestServer(({ path }, response) => {
      if (path.startsWith("/html")) response.end("<html>");
      else if (!path.startsWith("/never")) reply(response, 404, refusal, { "x-error-code": "ess_not_found" });
    });
  });

  afterAll(() => server.close());

  const getOne = async (baseUrl: string, more: object = {}): Promise<unknown> =>
    createClient({ baseUrl, token: "t", retry: false }).ess.getOne({ params: { module_id: "a", id: 7 }, ...more });

  it.each(answers)("%s", async (_, kind, fail) => {
    const error = await fail(server.baseUrl, ended).then(
      () => expect.unreachable("the call was to fail"),
      (reason: unknown) => reason as EcaError,
    );
    expect(error).toBeInstanceOf(kind);
    const copy = structuredClone(error);
    expect(copy).toBeInstanceOf(Error);
    expect(copy.message).toBe(error.message);

    const { cause, stack, ...fields } = Object.fromEntries(
      Object.getOwnPropertyNames(error).map((name) => [name, (error as unknown as Record<string, unknown>)[name]]),
    );
    const data = error.toJSON();
    expect(data).toEqual(fields);
    expect(structuredClone(data)).toStrictEqual(data);
    expect(data).toMatchObject({ name: kind.name, message: error.message });
    expect(JSON.parse(JSON.stringify(error))).toEqual(JSON.parse(JSON.stringify(fields)));
  });
});
