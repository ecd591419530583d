import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

const prefix = "/twins/eca";
let server: TestServer;
let proxy: Server;
/** Where the proxy puts the server: `http://127.0.0.1:1234/twins/eca`. */
let base: string;

beforeAll(async () => {
  server = await startTestServer({ ECA_TRUSTED_PROXIES: "127.0.0.1" });
  // As nginx does with `location /twins/eca/ { proxy_pass http://127.0.0.1:2580/; }`.
  proxy = createServer((req, res) => {
    const path = req.url ?? "";
    if (!path.startsWith(`${prefix}/`)) {
      res.writeHead(404).end("not below the prefix");
      return;
    }
    const { hostname, port } = new URL(server.url);
    const headers = { ...req.headers, "x-forwarded-prefix": prefix };
    const passed = request(
      { hostname, port, method: req.method, path: path.slice(prefix.length), headers },
      (reply) => {
        res.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(res);
      },
    );
    req.pipe(passed);
  });
  await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
  base = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${prefix}`;
  await server.post("/v1/ess", { module_id: "ac", state: [1], valence: 1 });
  for (let row = 0; row < 3; row++) await server.post("/v1/sequence", { module_id: "ac", instance_id: 1 });
});

afterAll(() => new Promise((closed) => proxy.close(closed)));

const get = (url: string | URL, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { headers: { authorization: `Bearer ${server.token}`, ...headers } });

/** What the proxy leads to, and the server itself. */
const places = () => [base, server.url];

describe("below a path of a proxy's", () => {
  it("the documentation finds its parts and the document", async () => {
    for (const place of places()) {
      const page = await get(`${place}/docs`);
      const links = [...(await page.text()).matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link ?? "");
      expect(links.length).toBeGreaterThan(3);
      for (const link of links) {
        const part = await get(new URL(link, page.url));
        expect([link, part.status]).toEqual([link, 200]);
      }
      const script = await (await get(new URL("docs/start.js", page.url))).text();
      const path = /new URL\("([^"]+)", document\.baseURI\)/.exec(script)?.[1] ?? "";
      const document = (await (await get(new URL(path, page.url))).json()) as { openapi: string };
      expect(document.openapi).toMatch(/^3\.1/);
    }
  });

  it.each(["/docs/", "/docs/errors/"])("%s leads to the page without the last slash", async (path) => {
    for (const place of places()) {
      const page = await get(place + path);
      expect([page.status, page.redirected, page.url]).toEqual([200, true, place + path.slice(0, -1)]);
    }
  });

  it("the servers of the document are where it came from", async () => {
    for (const place of places()) {
      const reply = await get(`${place}/v1/openapi.json`);
      const document = (await reply.json()) as {
        servers: { url: string }[];
        paths: Record<string, { servers?: { url: string }[] }>;
      };
      const whole = (servers: { url: string }[], path: string): string =>
        `${new URL(servers[0]?.url ?? "", reply.url).href.replace(/\/$/, "")}${path}`;
      expect(whole(document.servers, "/session")).toBe(`${place}/v1/session`);
      expect(whole(document.paths["/healthz"]?.servers ?? [], "/healthz")).toBe(`${place}/healthz`);
      expect((await get(whole(document.servers, "/session"))).status).toBe(200);
    }
  });

  it("a page of a list leads to the next one", async () => {
    for (const place of places()) {
      const ids: number[] = [];
      for (let next: URL | undefined = new URL(`${place}/v1/sequence/ac?limit=2`); next !== undefined;) {
        const reply: Response = await get(next);
        expect(reply.status).toBe(200);
        ids.push(...((await reply.json()) as { id: number }[]).map(({ id }) => id));
        const link = /^<([^>]*)>; rel="next"$/.exec(reply.headers.get("link") ?? "")?.[1];
        next = link === undefined ? undefined : new URL(link, reply.url);
      }
      expect(ids).toEqual([1, 2, 3]);
    }
  });

  it("a problem leads to what its code means", async () => {
    for (const place of places()) {
      const reply = await get(`${place}/v1/ess/ac/99`, { accept: "application/problem+json" });
      const problem = (await reply.json()) as { type: string; instance: string };
      for (const reference of [problem.type, problem.instance]) {
        const page = await get(new URL(reference, reply.url));
        expect([reference, page.status]).toEqual([reference, 200]);
        expect(await page.text()).toContain('id="ess_not_found"');
      }
    }
  });
});

describe("a prefix", () => {
  const link = async (given: string, to = server): Promise<unknown> => {
    const { headers } = await to.call({ path: "/v1/sequence/ac?limit=2", headers: { "x-forwarded-prefix": given } });
    return headers["link"];
  };

  it.each([
    "//evil.example",
    "/a//b",
    "evil",
    "https://evil.example/a",
    "/a b",
    '/a"b',
    "/a>b",
    "/a, /b",
    "/..",
    "/a/../b",
    "",
  ])("%j is none", async (given) => {
    expect(await link(given)).toMatch(/^<\/v1\/sequence\/ac\?/);
  });

  it.each([
    ["/a", "/a"],
    ["/a/", "/a"],
    ["/a/b-c_d.e~1", "/a/b-c_d.e~1"],
    ["/", ""],
  ])("%s is put before the path", async (given, put) => {
    expect(await link(given)).toMatch(new RegExp(`^<${put}/v1/sequence/ac\\?`));
  });

  it("of anybody but a trusted proxy says nothing", async () => {
    const stranger = await startTestServer();
    await stranger.post("/v1/ess", { module_id: "ac", state: [1], valence: 1 });
    for (let row = 0; row < 3; row++) await stranger.post("/v1/sequence", { module_id: "ac", instance_id: 1 });
    expect(await link("/a", stranger)).toMatch(/^<\/v1\/sequence\/ac\?/);
  });

  it("belongs to no cursor", async () => {
    const after = new URL(/^<([^>]*)>/.exec(String(await link("/a")))?.[1] ?? "", server.url).searchParams.get("after");
    expect((await server.get(`/v1/sequence/ac?limit=2&after=${encodeURIComponent(after ?? "")}`)).json).toHaveLength(1);
  });
});
