import { afterEach, describe, expect, it } from "vitest";
import { contract, routesOf } from "@eca/contract";
import { createClient } from "./client.js";
import { EcaArgumentError } from "./errors.js";
import { reply, startTestServer, type TestServer } from "../test/test-server.fixture.js";

const closing: TestServer[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((server) => server.close()));
});

async function startEmpty(): Promise<TestServer> {
  const server = await startTestServer((_, response) => reply(response, 200, []));
  closing.push(server);
  return server;
}

const params = { module_id: "a" };

describe("createClient", () => {
  it("has a function for every route of the contract, and no more", () => {
    const client = createClient({ baseUrl: "http://localhost:2580/v1", token: "t" });
    const calls = Object.entries(client).flatMap(([group, functions]) =>
      Object.keys(functions).map((name) => `${group}.${name}`),
    );
    expect(calls).toEqual([...routesOf(contract)].map(([name]) => name));
  });

  it.each(["", "/", "//"])("appends paths to the base address as it is, tolerating %j at its end", async (end) => {
    const server = await startEmpty();
    await createClient({ baseUrl: `${server.baseUrl}/twins${end}`, token: "t" }).ess.getAll({ params });
    expect(server.received.map((r) => r.path)).toEqual(["/v1/twins/ess/a"]);
  });

  it.each(["a/b", "ä ü", "100%", "__proto__", "a?b#c", "😀"])("module id %j arrives whole", async (module_id) => {
    const server = await startEmpty();
    await createClient({ baseUrl: server.baseUrl, token: "t" }).ess.getAll({ params: { module_id } });
    const [request] = server.received;
    expect(request?.path.split("/").map(decodeURIComponent)).toEqual(["", "v1", "ess", module_id]);
  });

  it.each(["", ".", ".."])("module id %j is refused before anything is sent", async (module_id) => {
    const server = await startEmpty();
    const client = createClient({ baseUrl: server.baseUrl, username: "ada", password: "secret" });
    await expect(client.ess.getAll({ params: { module_id } })).rejects.toBeInstanceOf(EcaArgumentError);
    expect(server.received).toEqual([]);
  });

  it("sends the client's headers and the call's, which win", async () => {
    const server = await startEmpty();
    const client = createClient({ baseUrl: server.baseUrl, token: "t", headers: { "x-site": "7", "x-line": "1" } });
    await client.ess.getAll({ params, headers: { "X-Line": "2", authorization: "Bearer other" } });
    expect(server.received[0]?.headers).toMatchObject({
      "x-site": "7",
      "x-line": "2",
      authorization: "Bearer t",
      accept: "application/json",
    });
  });

  it("a call without a body sends none", async () => {
    const server = await startEmpty();
    await createClient({ baseUrl: server.baseUrl, token: "t" }).ess.upsert({ params: { module_id: "a", id: 1 } });
    expect(server.received[0]).toMatchObject({ method: "PUT", path: "/v1/ess/a/upsert/1", body: "" });
    expect(server.received[0]?.headers["content-type"]).toBeUndefined();
  });

  it("uses the fetch that it is given", async () => {
    const asked: unknown[] = [];
    const fetch: typeof globalThis.fetch = (input) => {
      asked.push(input);
      return Promise.resolve(Response.json([]));
    };
    await createClient({ baseUrl: "http://twin.example/v1", token: "t", fetch }).ess.getAll({ params });
    expect(asked).toEqual(["http://twin.example/v1/ess/a"]);
  });

  it.each([
    ["/v1", "must be an address"],
    ["localhost:2580/v1", "must be an address"],
    ["ftp://localhost/v1", "must be an address"],
    ["", "must be an address"],
    ["http://ada:secret@localhost/v1", "must hold no user"],
    ["http://localhost/v1?x=1", "must hold no user"],
    ["http://localhost/v1#x", "must hold no user"],
  ])("baseUrl %j is refused", (baseUrl, text) => {
    const failure = (): unknown => createClient({ baseUrl, token: "t" });
    expect(failure).toThrow(EcaArgumentError);
    expect(failure).toThrow(text);
    expect(failure).not.toThrow("secret");
  });

  it("a path as baseUrl means the page's own server in a browser", async () => {
    const asked: unknown[] = [];
    const fetch: typeof globalThis.fetch = (input) => {
      asked.push(input);
      return Promise.resolve(Response.json([]));
    };
    Object.assign(globalThis, { location: { href: "https://twin.example/console/index.html?x=1" } });
    try {
      await createClient({ baseUrl: "/v1", token: "t", fetch }).ess.getAll({ params });
    } finally {
      Reflect.deleteProperty(globalThis, "location");
    }
    expect(asked).toEqual(["https://twin.example/v1/ess/a"]);
  });

  it.each([{ token: "" }, { username: "", password: "x" }, { username: "ada" }, { password: "x" }, {}])(
    "credentials %j are refused",
    (credentials) => {
      const options = { baseUrl: "http://localhost/v1", ...credentials } as Parameters<typeof createClient>[0];
      expect(() => createClient(options)).toThrow(EcaArgumentError);
    },
  );
});
