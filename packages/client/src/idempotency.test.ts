import * as fc from "fast-check";
import { contract, routesOf } from "@eca/contract";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createClient } from "./client.js";
import { EcaArgumentError } from "./errors.js";
import { encodeKey, needsKey, newKey } from "./idempotency.js";
import { reply, startTestServer, type TestServer } from "../test/test-server.fixture.js";

const closing: TestServer[] = [];
afterEach(async () => {
  vi.unstubAllGlobals();
  await Promise.all(closing.splice(0).map((server) => server.close()));
});

async function serve() {
  const server = await startTestServer((_, response) => reply(response, 201, { id: 1 }));
  closing.push(server);
  const keys = () => server.received.map(({ headers }) => headers["idempotency-key"]);
  return { keys, client: createClient({ baseUrl: server.baseUrl, token: "t" }) };
}

const body = { module_id: "a", instance_id: 1 };

describe("a create", () => {
  it("has a key of its own each time", async () => {
    const { client, keys } = await serve();
    await client.sequence.create({ body });
    await client.sequence.create({ body });
    expect(new Set(keys()).size).toBe(2);
    for (const key of keys()) expect(key).toMatch(/^"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"$/);
  });

  it("takes the key that it is given, as an option or as a header", async () => {
    const { client, keys } = await serve();
    await client.sequence.create({ body, idempotencyKey: 'order "17"' });
    await client.sequence.create({ body, headers: { "Idempotency-Key": "bare" } });
    await client.sequence.create({ body, headers: { "Idempotency-Key": "bare" }, idempotencyKey: "wins" });
    expect(keys()).toEqual([String.raw`"order \"17\""`, "bare", '"wins"']);
  });

  it.each(["", "k".repeat(256), "\n", "\u00e9"])(
    "refuses the key %j before anything is sent",
    async (idempotencyKey) => {
      const { client, keys } = await serve();
      await expect(client.sequence.create({ body, idempotencyKey })).rejects.toBeInstanceOf(EcaArgumentError);
      expect(keys()).toEqual([]);
    },
  );
});

describe("a call gets a key by itself", () => {
  const keyed = (body: unknown) =>
    [...routesOf(contract)].filter(([, route]) => needsKey(route, body)).map(([name]) => name);
  const changing = [
    "ess.create",
    "sequence.create",
    "embedding.create",
    "document.create",
    "document.createFromEss",
    "document.createFromSequence",
    "user.create",
    "key.create",
    "key.rotate",
  ];

  it("where a second time would change something again", () => {
    expect(keyed(undefined).toSorted()).toEqual(changing.toSorted());
    for (const field of ["store_response", "store_sequence"]) {
      expect(keyed({ [field]: true }).toSorted()).toEqual(
        [...changing, "prediction.predict", "prediction.predictRaw"].toSorted(),
      );
      expect(keyed({ [field]: false })).toEqual(keyed(undefined));
    }
  });

  it("and takes one that it is given, where it changes nothing", async () => {
    const { client, keys } = await serve();
    const search = { module_id: "a", state: [1] };
    await client.ess.search({ body: search }).catch(() => undefined);
    await client.ess.search({ body: search, idempotencyKey: "mine" }).catch(() => undefined);
    expect([...new Set(keys())]).toEqual([undefined, '"mine"']);
  });
});

describe("a key", () => {
  it("is random where a browser makes no UUIDs too", () => {
    const { crypto } = globalThis;
    vi.stubGlobal("crypto", { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes) });
    const keys = Array.from({ length: 100 }, newKey);
    expect(new Set(keys).size).toBe(100);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
  });

  it("is read by the contract as it was meant, whatever it is", () => {
    const header = contract.sequence.create.headers["idempotency-key"];
    const unit = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.string({ unit, minLength: 1, maxLength: 255 }), (key) => {
        expect(header.parse(encodeKey("x", key))).toBe(key);
      }),
    );
  });
});
