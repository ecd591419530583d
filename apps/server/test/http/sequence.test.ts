import { beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  for (const state of [[1], [2]]) await server.post("/v1/ess", { module_id: "m", state, valence: 0 });
});

const append = (module_id: string, more: object = {}) =>
  server.post("/v1/sequence", { module_id, instance_id: 1, ...more });

const module = async (name: string): Promise<string> => {
  await server.post("/v1/ess", { module_id: name, state: [1], valence: 0 });
  return name;
};

describe("create", () => {
  it("answers 201 with exactly the 7 keys", async () => {
    const answer = await append(await module("keys"), { status: "sk", context: "at night" });
    expect(answer.status).toBe(201);
    const { created_at, updated_at, ...rest } = answer.json;
    expect(rest).toEqual({ id: 1, module_id: "keys", instance_id: 1, status: "sk", context: "at night" });
    expect(updated_at).toBe(created_at);
  });

  it.each([
    [{}, "n"],
    [{ status: null }, "n"],
    [{ status: "e" }, "e"],
    [{ status: "état" }, "état"],
  ])("%j has status %s", async (more, status) => {
    expect((await append("m", more)).json.status).toBe(status);
  });

  it.each([
    [
      "a state that is not there",
      { module_id: "m", instance_id: 99 },
      404,
      /instance_id is 99, module "m" has no such ESS/,
    ],
    ["a module that is not there", { module_id: "nobody", instance_id: 1 }, 404, /no module "nobody"/],
    ["a long status", { module_id: "m", instance_id: 1, status: "x".repeat(33) }, 400, /^status/],
    ["a fraction", { module_id: "m", instance_id: 1.5 }, 400, /^instance_id/],
    ["a text for a number", { module_id: "m", instance_id: "1" }, 400, /^instance_id/],
  ])("refuses %s", async (_name, body, status, text) => {
    const answer = await server.post("/v1/sequence", body);
    expect(answer.status).toBe(status);
    expect(answer.json.errors[0]).toMatch(text);
  });

  it("gives 64 concurrent writers gapless ids in commit order", async () => {
    const name = await module("busy");
    const writers = Array.from({ length: 64 }, async () => {
      const ids: number[] = [];
      for (let round = 0; round < 5; round++) ids.push((await append(name)).json.id);
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
      return ids;
    });
    const ids = (await Promise.all(writers)).flat();
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: 320 }, (_, index) => index + 1));
    const { json } = await server.get(`/v1/sequence/${name}`);
    const instants = json.map((entry: { created_at: string }) => entry.created_at);
    expect(instants).toEqual([...instants].sort());
    expect((await server.get(`/v1/module/${name}`)).json).toMatchObject({ revision: 321, sequence_count: 320 });
  });
});

describe("list", () => {
  it("is whole and oldest first, over many pages", async () => {
    const name = await module("long");
    await Promise.all(Array.from({ length: 1501 }, () => append(name)));
    const answer = await server.get(`/v1/sequence/${name}`);
    expect(answer.json.map((entry: { id: number }) => entry.id)).toEqual(
      Array.from({ length: 1501 }, (_, index) => index + 1),
    );
    expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
  });

  it.each([499, 500, 501, 1000])("has no seam at %d rows", async (count) => {
    const name = await module(`seam${count}`);
    await Promise.all(Array.from({ length: count }, () => append(name)));
    expect((await server.get(`/v1/sequence/${name}`)).json).toHaveLength(count);
  });
});

describe("get, update, delete", () => {
  it("knows the latest entry as -1", async () => {
    const name = await module("latest");
    expect((await server.get(`/v1/sequence/${name}/-1`)).status).toBe(404);
    await append(name);
    await append(name);
    expect((await server.get(`/v1/sequence/${name}/-1`)).json.id).toBe(2);
    await server.delete(`/v1/sequence/${name}/2`);
    expect((await server.get(`/v1/sequence/${name}/-1`)).json.id).toBe(1);
  });

  it("knows no entry -1 to be written or deleted", async () => {
    const name = await module("read_only_latest");
    await append(name);
    const body = { module_id: name, instance_id: 1 };
    const answers = [
      await server.patch(`/v1/sequence/${name}/-1`, body),
      await server.delete(`/v1/sequence/${name}/-1`),
    ];
    for (const { status, json } of answers) {
      expect(status).toBe(404);
      expect(json.errors).toEqual([`module "${name}" has no sequence entry -1`]);
    }
  });

  it("replaces an entry", async () => {
    const { json: before } = await append("m", { status: "e", context: "x" });
    const answer = await server.patch(`/v1/sequence/m/${before.id}`, { module_id: "m", instance_id: 2 });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ id: before.id, instance_id: 2, status: "n", context: null });
    expect(answer.json.created_at).toBe(before.created_at);
    expect(answer.json.updated_at > before.updated_at).toBe(true);
  });

  it("refuses to point an entry at a state that is not there, and changes nothing", async () => {
    const { json } = await append("m");
    const answer = await server.patch(`/v1/sequence/m/${json.id}`, { module_id: "m", instance_id: 77 });
    expect(answer.status).toBe(404);
    expect((await server.get(`/v1/sequence/m/${json.id}`)).json).toEqual(json);
  });

  it("never gives a deleted id again, not even after a restart", async () => {
    const name = await module("gone");
    for (let round = 0; round < 3; round++) await append(name);
    const deleted = await server.delete(`/v1/sequence/${name}/3`);
    expect(deleted.status).toBe(200);
    expect((await server.get(`/v1/sequence/${name}/3`)).status).toBe(404);
    expect((await server.delete(`/v1/sequence/${name}/3`)).status).toBe(404);
    expect((await append(name)).json.id).toBe(4);
    await server.delete(`/v1/sequence/${name}/4`);
    await server.restart();
    expect((await append(name)).json.id).toBe(5);
    expect((await server.get(`/v1/sequence/${name}`)).json.map((entry: { id: number }) => entry.id)).toEqual([1, 2, 5]);
  });
});
