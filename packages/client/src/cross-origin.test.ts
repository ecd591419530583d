import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { holdClock } from "../test/held-clock.fixture.js";
import { createClient } from "./client.js";
import { EcaConnectionError } from "./errors.js";

const page = "https://console.example";

beforeEach(() => {
  Object.assign(globalThis, { location: { href: `${page}/index.html`, origin: page } });
});
afterEach(() => {
  Reflect.deleteProperty(globalThis, "location");
});

interface Sent {
  readonly url: string;
  readonly authorization: string | null;
}

/** A browser's fetch, as far as a page sees it: `respond` returns the response to a URL, undefined for none. */
function browser(respond: (url: string) => Response | undefined) {
  const sent: Sent[] = [];
  const fetch = (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = input instanceof Request ? input.url : String(input);
    sent.push({ url, authorization: new Headers(init.headers).get("authorization") });
    const response = respond(url);
    return response === undefined ? Promise.reject(new TypeError("Failed to fetch")) : Promise.resolve(response);
  };
  return { sent, fetch };
}

/** What a page may read of `/healthz`: the headers only where its origin is allowed. */
const health = (isAllowed: boolean): Response =>
  Response.json({ status: "ok", version: "1" }, isAllowed ? { headers: { "x-request-id": "1" } } : {});

function callOf(fetch: typeof globalThis.fetch, baseUrl = "https://twin.example/eca/v1"): Promise<unknown> {
  const client = createClient({ baseUrl, token: "secret", fetch, clock: holdClock(), retry: { maxRetries: 3 } });
  return client.ess.getAll({ params: { module_id: "a" } }).catch((thrown: unknown) => thrown);
}

const isHealth = (url: string): boolean => url === "https://twin.example/eca/healthz";

describe("a page of another origin", () => {
  it("rejects at once where the server does not allow it, and names the setting", async () => {
    const { sent, fetch } = browser((url) => (isHealth(url) ? health(false) : undefined));
    const error = await callOf(fetch);
    expect(error).toBeInstanceOf(EcaConnectionError);
    expect(error).toMatchObject({
      code: "origin_not_allowed",
      message: `ess.getAll: https://twin.example does not allow calls from pages of ${page}; set ECA_CORS_ORIGINS=${page} on the server`,
      cause: expect.any(TypeError) as unknown,
    });
    expect(sent.map(({ url }) => new URL(url).pathname)).toEqual(["/eca/v1/ess/a", "/eca/healthz"]);
    expect(sent[1]?.authorization).toBeNull();
  });

  it("tries again after a failure where the server allows it", async () => {
    let failures = 2;
    const { sent, fetch } = browser((url) => {
      if (isHealth(url)) return health(true);
      return failures-- > 0 ? undefined : Response.json([]);
    });
    expect(await callOf(fetch)).toMatchObject({ status: 200 });
    expect(sent.filter(({ url }) => !isHealth(url))).toHaveLength(3);
  });

  it.each([
    ["nothing responds", () => undefined],
    ["a proxy returns an error", () => new Response("bad gateway", { status: 502 })],
    ["something else responds", () => new Response("<html>")],
  ])("tries again where %s", async (_, respond) => {
    const { sent, fetch } = browser((url) => (isHealth(url) ? respond() : undefined));
    expect(await callOf(fetch)).toMatchObject({ name: "EcaConnectionError", code: undefined });
    expect(sent.filter(({ url }) => !isHealth(url))).toHaveLength(4);
  });

  it("asks for nothing else when its call ends meanwhile", async () => {
    const leaving = new AbortController();
    const { sent, fetch } = browser((url) => {
      if (isHealth(url)) leaving.abort(new Error("left"));
      return undefined;
    });
    const client = createClient({ baseUrl: "https://twin.example/eca/v1", token: "t", fetch, clock: holdClock() });
    const call = client.ess.getAll({ params: { module_id: "a" }, signal: leaving.signal });
    await expect(call).rejects.toMatchObject({ name: "EcaAbortError" });
    expect(sent).toHaveLength(2);
  });
});

it("a page of the server's own asks nothing", async () => {
  const { sent, fetch } = browser(() => undefined);
  expect(await callOf(fetch, "/v1")).toMatchObject({ name: "EcaConnectionError", code: undefined });
  expect(new Set(sent.map(({ url }) => url))).toEqual(new Set([`${page}/v1/ess/a`]));
});
