import type { ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { inspect } from "node:util";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createModelEndpoint, EndpointError, type ModelEndpointOptions } from "./model-endpoint.js";
import { misbehaviours, type ModelService, replying, silent, startModelService } from "./model-service.fixture.js";

const key = "sk-not-to-be-told";

let service: ModelService;
let elsewhere: ModelService;

beforeAll(async () => {
  service = await startModelService();
  elsewhere = await startModelService();
  elsewhere.behave(replying({ stolen: true }));
});

beforeEach(() => {
  service.calls.length = 0;
  service.behave(replying({ ok: true }));
});

const open = (options: Partial<ModelEndpointOptions> = {}) =>
  createModelEndpoint({
    url: new URL(service.url),
    path: "/chat/completions",
    key,
    timeout: 10_000,
    maxBytes: 1_000,
    ...options,
  });

const failureOf = (work: Promise<unknown>): Promise<EndpointError> =>
  work.then(
    () => expect.unreachable("it was answered"),
    (error: unknown) => {
      expect(error).toBeInstanceOf(EndpointError);
      return error as EndpointError;
    },
  );

describe("a call", () => {
  it("posts JSON with the key and answers JSON", async () => {
    expect(await open().post({ model: "m", text: "é" }, "ada")).toEqual({ ok: true });
    expect(service.calls).toMatchObject([
      {
        path: "/v1/chat/completions",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: { model: "m", text: "é" },
      },
    ]);
  });

  it("goes without a key where there is none", async () => {
    await open({ key: undefined }).post({}, "ada");
    expect(service.calls[0]?.headers).not.toHaveProperty("authorization");
  });

  it.each([
    ["", "/v1/embeddings"],
    ["/", "/v1/embeddings"],
    ["/embeddings", "/v1/embeddings"],
    ["/deployments/a?api-version=7", "/v1/deployments/a/embeddings?api-version=7"],
  ])("takes a base that ends with %j", async (end, path) => {
    await open({ url: new URL(service.url + end), path: "/embeddings" }).post({}, "ada");
    expect(service.calls[0]?.path).toBe(path);
  });
});

describe("a failure", () => {
  const names = Object.keys(misbehaviours("", "")).slice(0, 9);

  it.each(names)("of %s is told without the key or the reply", async (name) => {
    service.behave(misbehaviours(key, `${elsewhere.url}/chat/completions`)[name] ?? silent);
    const error = await failureOf(open({ timeout: 300 }).post({}, "ada"));
    expect(error.message).toMatch(/^(answered|could not be reached|did not answer)/);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(key);
    expect(elsewhere.calls).toEqual([]);
  });

  it("says what it is", async () => {
    const message = async (behaviour: Parameters<ModelService["behave"]>[0], timeout = 10_000) => {
      service.behave(behaviour);
      const { message, status } = await failureOf(open({ timeout }).post({}, "ada"));
      return [message, status];
    };
    expect(await message(replying("", 503))).toEqual(["answered status 503", 503]);
    expect(await message(replying("?"))).toEqual(["answered no JSON", undefined]);
    expect(await message(replying(" ".repeat(1_001)))).toEqual(["answered more than 1000 bytes", undefined]);
    expect(await message(silent, 20)).toEqual(["did not answer within 20 ms", undefined]);
  });

  it("of a service that is not there has its code", async () => {
    const gone = await startModelService();
    await gone.stop();
    const error = await failureOf(open({ url: new URL(gone.url) }).post({}, "ada"));
    expect(error.message).toBe("could not be reached (ECONNREFUSED)");
  });

  it("of too large a reply ends the connection", async () => {
    const closed = new Promise((resolve) => {
      service.behave((call, res) => {
        res.on("close", resolve);
        misbehaviours("", "")["far too much"]?.(call, res);
      });
    });
    expect((await failureOf(open().post({}, "ada"))).message).toBe("answered more than 1000 bytes");
    await closed;
  });
});

describe("calls at the same time", () => {
  /** A service that keeps its callers waiting until they are let go. */
  function holding(): ServerResponse[] {
    const held: ServerResponse[] = [];
    service.behave((_, res) => void held.push(res));
    return held;
  }

  it("are four, and the others follow in their order", async () => {
    const held = holding();
    const endpoint = open();
    const posts = Promise.all(Array.from({ length: 10 }, (_, index) => endpoint.post({ index }, "ada")));
    for (let answered = 0; answered < 10; answered++) {
      await vi.waitFor(() => expect(service.calls).toHaveLength(Math.min(answered + 4, 10)), 10_000);
      held[answered]?.end("{}");
    }
    expect(await posts).toHaveLength(10);
    expect(service.calls.map(({ body }) => body.index).slice(4)).toEqual([4, 5, 6, 7, 8, 9]);
  });

  it("are made for each user in turn, however many another one makes", async () => {
    const held = holding();
    const endpoint = open();
    const posts = ["many", "many", "many", "many", "many", "many", "many", "one", "many", "one"].map((user, index) =>
      endpoint.post({ user, index }, user),
    );
    for (let answered = 0; answered < 10; answered++) {
      await vi.waitFor(() => expect(service.calls).toHaveLength(Math.min(answered + 4, 10)), 10_000);
      held[answered]?.end("{}");
    }
    await Promise.all(posts);
    const users = service.calls.map(({ body }) => body.user);
    expect(users.slice(4)).toEqual(["many", "one", "many", "one", "many", "many"]);
  });

  it("wait for their turn no longer than their time", async () => {
    holding();
    // All times are up at one moment, so that none that waited has its turn for a moment before its own is up.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const endpoint = open({ timeout: 100 });
      const posts = Promise.all(Array.from({ length: 6 }, () => failureOf(endpoint.post({}, "ada"))));
      while (service.calls.length < 4) await nextTurn();
      vi.advanceTimersByTime(100);
      const messages = (await posts).map(({ message }) => message);
      expect(new Set(messages)).toEqual(new Set(["did not answer within 100 ms"]));
      expect(service.calls).toHaveLength(4);
      service.behave(replying({ ok: true }));
      expect(await endpoint.post({}, "ada")).toEqual({ ok: true });
    } finally {
      vi.useRealTimers();
    }
  });

  it("are refused where too many wait", async () => {
    holding();
    const endpoint = open();
    const posts = Array.from({ length: 68 }, () => failureOf(endpoint.post({}, "ada")));
    expect((await failureOf(endpoint.post({}, "ada"))).message).toBe("has too many calls waiting");
    endpoint.close();
    await Promise.all(posts);
  });

  it("end when it is closed, and none follows", async () => {
    holding();
    const endpoint = open();
    const posts = Array.from({ length: 6 }, () => failureOf(endpoint.post({}, "ada")));
    await vi.waitFor(() => expect(service.calls).toHaveLength(4), 10_000);
    endpoint.close();
    for (const { message } of await Promise.all(posts)) expect(message).toBe("was given up: the server is stopping");
    expect((await failureOf(endpoint.post({}, "ada"))).message).toContain("the server is stopping");
    expect(service.calls).toHaveLength(4);
  });
});
