import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Client, type ClientSettings, createClient } from "./client.js";
import { EcaAbortError, EcaArgumentError, EcaConnectionError, EcaTimeoutError } from "./errors.js";
import { type Responder, reply, startTestServer, type TestServer, unusedBaseUrl } from "../test/test-server.fixture.js";

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((server) => server.close()));
});

async function serve(respond: Responder): Promise<TestServer> {
  const server = await startTestServer(respond);
  closing.push(server);
  return server;
}

function clientOf(baseUrl: string, settings: Partial<ClientSettings> = {}): Client {
  return createClient({ baseUrl, token: "t", retry: false, ...settings });
}

const params = { module_id: "a" };

describe("no reply", () => {
  it("a refused connection says to start the server", async () => {
    const baseUrl = await unusedBaseUrl();
    await expect(clientOf(baseUrl).ess.getAll({ params })).rejects.toThrow(
      `ess.getAll: no answer from ${new URL(baseUrl).origin}: ` +
        "nothing listens there; start the server, or correct the address (ECONNREFUSED)",
    );
  });

  it("a refused connection rejects with its class and code, with the platform's error as its cause", async () => {
    const error: unknown = await clientOf(await unusedBaseUrl())
      .ess.getAll({ params })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EcaConnectionError);
    expect(error).toMatchObject({ code: "ECONNREFUSED", cause: expect.any(TypeError) as unknown });
  });

  it("a connection that breaks off before the reply", async () => {
    const server = await serve((_, response) => response.destroy());
    await expect(clientOf(server.baseUrl).ess.getAll({ params })).rejects.toThrow("the connection broke off");
  });

  it("a connection that breaks off within the reply", async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("[", () => response.destroy());
    });
    await expect(clientOf(server.baseUrl).ess.getAll({ params })).rejects.toBeInstanceOf(EcaConnectionError);
  });

  it("something that does not speak HTTP", async () => {
    const server = createServer((socket) => socket.end("220 mail ready\r\n")).listen(0, "127.0.0.1");
    closing.push(server);
    await once(server, "listening");
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    await expect(clientOf(baseUrl).ess.getAll({ params })).rejects.toMatchObject({
      name: "EcaConnectionError",
      message: expect.stringContaining("check that the server runs") as unknown,
    });
  });

  it("TLS to a server without it", async () => {
    const server = await serve((_, response) => reply(response, 200, []));
    const baseUrl = server.baseUrl.replace("http:", "https:");
    await expect(clientOf(baseUrl).ess.getAll({ params })).rejects.toThrow(
      "the server does not speak TLS; use http:// in the address",
    );
  });

  it("a browser's error, which has no reason, names what to check", async () => {
    const fetch = () => Promise.reject(new TypeError("Failed to fetch"));
    const error: unknown = await clientOf("http://twin.example/v1", { fetch })
      .ess.getAll({ params })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: "EcaConnectionError",
      code: undefined,
      message:
        "ess.getAll: no answer from http://twin.example: Failed to fetch; " +
        "check that the server runs and, in a browser, that it allows this page's origin (CORS, by ECA_CORS_ORIGINS)",
    });
  });
});

describe("time limit", () => {
  it("a server that never replies", async () => {
    const server = await serve(() => undefined);
    const error: unknown = await clientOf(server.baseUrl, { timeoutMs: 30 })
      .ess.getAll({ params })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EcaTimeoutError);
    expect(error).toMatchObject({
      timeoutMs: 30,
      message: "ess.getAll: no answer within 30 ms (timeoutMs)",
    });
  });

  it("a reply that never ends", async () => {
    const server = await serve((_, response) => response.writeHead(200, { "content-length": "100" }).write("["));
    await expect(clientOf(server.baseUrl, { timeoutMs: 50 }).ess.getAll({ params })).rejects.toBeInstanceOf(
      EcaTimeoutError,
    );
  });

  it("a call's own limit wins over the client's", async () => {
    const server = await serve(() => undefined);
    const client = clientOf(server.baseUrl, { timeoutMs: 3_600_000 });
    await expect(client.ess.getAll({ params, timeoutMs: 20 })).rejects.toMatchObject({ timeoutMs: 20 });
  });

  it("the server's side of the call is closed", async () => {
    let closed = false;
    const server = await serve((_, response) => response.once("close", () => (closed = true)));
    await expect(clientOf(server.baseUrl, { timeoutMs: 20 }).ess.getAll({ params })).rejects.toThrow("no answer");
    await expect.poll(() => closed).toBe(true);
  });

  it("Infinity, and more than a timer can hold, set no limit", async () => {
    const server = await serve((_, response) => reply(response, 200, []));
    const client = clientOf(server.baseUrl);
    expect((await client.ess.getAll({ params, timeoutMs: Number.POSITIVE_INFINITY })).body).toEqual([]);
    expect((await client.ess.getAll({ params, timeoutMs: 2 ** 40 })).body).toEqual([]);
  });

  it.each([0, -1, Number.NaN])("%d is refused", async (timeoutMs) => {
    await expect(clientOf("http://127.0.0.1:1/v1").ess.getAll({ params, timeoutMs })).rejects.toThrow(
      new EcaArgumentError(`ess.getAll: timeoutMs is ${timeoutMs}; it must be above 0 (Infinity: no limit)`),
    );
  });

  it("no timer outlives its call", async () => {
    const server = await serve((_, response) => reply(response, 200, []));
    const set = vi.spyOn(globalThis, "setTimeout");
    const clear = vi.spyOn(globalThis, "clearTimeout");
    await clientOf(server.baseUrl, { timeoutMs: 54_321 }).ess.getAll({ params });
    const ours = set.mock.results.filter((_, call) => set.mock.calls[call]?.[1] === 54_321);
    expect(ours).toHaveLength(1);
    expect(clear.mock.calls.map(([timer]) => timer)).toContain(ours[0]?.value);
    vi.restoreAllMocks();
  });
});

describe("the caller's signal", () => {
  it("ends a call under way, with its reason as the cause", async () => {
    let closed = false;
    const server = await serve((_, response) => response.once("close", () => (closed = true)));
    const leaving = new AbortController();
    const call = clientOf(server.baseUrl).ess.getAll({ params, signal: leaving.signal });
    await expect.poll(() => server.received.length).toBe(1);
    leaving.abort(new Error("the user left"));
    const error: unknown = await call.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EcaAbortError);
    expect(error).toMatchObject({
      message: "ess.getAll: aborted by the caller's signal",
      cause: new Error("the user left"),
    });
    await expect.poll(() => closed).toBe(true);
  });

  it("serves many calls, and changes nothing once they are done", async () => {
    const server = await serve((_, response) => reply(response, 200, []));
    const client = clientOf(server.baseUrl);
    const leaving = new AbortController();
    const calls = await Promise.all([1, 2, 3].map(() => client.ess.getAll({ params, signal: leaving.signal })));
    leaving.abort();
    expect(calls.map(({ body }) => body)).toEqual([[], [], []]);
  });
});

describe("redirects", () => {
  it("reject with their target and are not followed: the token goes nowhere else", async () => {
    const elsewhere = await serve((_, response) => reply(response, 200, []));
    const server = await serve((_, response) =>
      response.writeHead(301, { location: `${elsewhere.baseUrl}/ess/a` }).end(),
    );
    await expect(clientOf(server.baseUrl).ess.getAll({ params })).rejects.toMatchObject({
      name: "EcaProtocolError",
      status: 301,
      message: expect.stringContaining(
        `is redirected to ${elsewhere.baseUrl}/ess/a; give createClient the final address as baseUrl`,
      ) as unknown,
    });
    expect(elsewhere.received).toEqual([]);
  });
});
