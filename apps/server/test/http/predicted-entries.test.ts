import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { connectLive, type LiveClient } from "../live-client.fixture.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";
import { nextLink, readPages } from "./next-link.fixture.js";

let server: TestServer;
let client: LiveClient | undefined;
let modules = 0;

beforeAll(async () => {
  server = await startTestServer();
});

afterEach(async () => {
  client?.socket.terminate();
  await client?.closed;
  client = undefined;
});

const [a, b, c] = [1, 2, 3];

/** A module whose states A, B and C are 1, 2 and 3, with this log. */
async function module(log: readonly number[] = []): Promise<string> {
  const name = `module${++modules}`;
  for (const number of [a, b, c]) await server.post("/v1/ess", { module_id: name, state: [number], valence: 0 });
  await observe(name, log);
  return name;
}

async function observe(module_id: string, log: readonly number[], status = "n"): Promise<void> {
  for (const instance_id of log) await server.post("/v1/sequence", { module_id, instance_id, status });
}

const everything = { range: 1, recall: 1000 };

async function predict(module_id: string, more: object = {}) {
  const answer = await server.post("/v1/predictions", { module_id, ...everything, ...more });
  const next: { list: { ess_id: number }[] }[] = answer.json.next_state ?? [];
  return {
    status: answer.status,
    current: answer.json.current_state?.[0].ess_id as number | undefined,
    chain: next.map(({ list }) => list[0]?.ess_id),
  };
}

const store = (module_id: string, n: number, more: object = {}) =>
  predict(module_id, { n, store_sequence: true, ...more });

const instances = (rows: { instance_id: number }[]) => rows.map((row) => row.instance_id);

describe("predictions that were stored", () => {
  it("do not vote: the answer stays what the observations say", async () => {
    const [stored, untouched] = [await module([a, b, a, c, a]), await module([a, b, a, c, a])];
    for (let time = 0; time < 3; time++) {
      expect((await store(stored, 2, { current_state: a })).chain).toEqual([c, a]);
    }
    for (const name of [stored, untouched]) await observe(name, [a, b, a, b, a]);
    expect((await predict(untouched)).chain).toEqual([b]);
    expect((await predict(stored)).chain).toEqual([b]);
    expect(await predict(stored, { n: 5, range: 3, recall: 5 })).toEqual(
      await predict(untouched, { n: 5, range: 3, recall: 5 }),
    );
  });

  it("do not vote under their status either, which callers give as well", async () => {
    const name = await module([a, b, a]);
    await store(name, 2);
    expect((await predict(name, { status: "p" })).status).toBe(404);
    await observe(name, [a, c, a], "p");
    expect(await predict(name, { status: "p" })).toEqual({ status: 200, current: a, chain: [c] });
  });

  it("are no context: what was observed before them and after them follows one another", async () => {
    const name = await module([a, b]);
    await store(name, 1, { current_state: a, previous_state: [] });
    await observe(name, [c, a, b]);
    expect((await predict(name, { range: 2 })).chain).toEqual([c]);
  });

  it("are not the present: the next chain begins where the last one did", async () => {
    const name = await module([a, b, c, a]);
    const first = await store(name, 2);
    expect(first).toEqual({ status: 200, current: a, chain: [b, c] });
    expect(await store(name, 2)).toEqual(first);
    expect(await predict(name, { n: 2, status: "n" })).toEqual(first);
  });

  it("are never the latest entry, nor its state", async () => {
    const name = await module([a, b, a]);
    await store(name, 1);
    expect((await server.get(`/v1/sequence/${name}/-1`)).json).toMatchObject({ id: 3, instance_id: a });
    expect((await server.get(`/v1/sequence/${name}/4`)).json).toMatchObject({ id: 4, instance_id: b, status: "p" });
    expect((await server.get(`/v1/ess/${name}/sequence/-1`)).json).toMatchObject({ id: a });
    expect((await server.get(`/v1/ess/${name}/sequence/4`)).json).toMatchObject({ id: b });
    const { json: document } = await server.post(`/v1/document/sequence/${name}/-1`, null);
    expect(document.doc_id).toBe(`sequence/${name}/3`);
  });

  it("are not what a live socket shows", async () => {
    const name = await module([a, b, a]);
    await store(name, 1);
    client = await connectLive(server.url, server.token);
    client.model({ module_id: name, sync_once: true });
    expect(await client.next()).toMatchObject({ id: a, state: [a] });
    client.model({ module_id: name, object: "sequence", sync_once: true });
    expect(await client.next()).toMatchObject({ id: 3, instance_id: a });
  });

  it("leave a module that has nothing else without a latest entry", async () => {
    const name = await module();
    await store(name, 2, { current_state: a });
    const answer = await server.get(`/v1/sequence/${name}/-1`);
    expect(answer.status).toBe(404);
    expect(answer.json.errors).toEqual([
      `module "${name}" has predicted sequence entries alone, none that was observed`,
    ]);
    expect((await server.get(`/v1/ess/${name}/sequence/-1`)).status).toBe(404);
    expect((await predict(name)).status).toBe(404);
  });

  it("count as entries where a caller wants to write the first one", async () => {
    const name = await module();
    await store(name, 1, { current_state: a });
    const body = { module_id: name, instance_id: a };
    const create = { method: "POST", path: "/v1/sequence", headers: { "if-none-match": "*" }, body };
    expect((await server.call(create)).status).toBe(412);
    await server.delete(`/v1/sequence/${name}/1`);
    expect((await server.call(create)).status).toBe(201);
  });

  it("stay predictions when they are replaced, and go when they are deleted", async () => {
    const name = await module([a, b, a]);
    await store(name, 1);
    const patch = { module_id: name, instance_id: c, status: "n", context: "corrected" };
    const replaced = await server.patch(`/v1/sequence/${name}/4`, patch);
    expect(replaced.json).toMatchObject({ ...patch, id: 4 });
    expect(Object.keys(replaced.json)).toHaveLength(7);
    expect((await server.get(`/v1/sequence/${name}/-1`)).json.id).toBe(3);
    expect(await predict(name)).toMatchObject({ current: a, chain: [b] });
    expect((await server.delete(`/v1/sequence/${name}/4`)).json).toEqual(replaced.json);
    expect((await server.get(`/v1/sequence/${name}`)).json).toHaveLength(3);
  });

  it("are told as predictions in the documents that are made of them", async () => {
    const name = await module([a, b, a]);
    await store(name, 1);
    const { json } = await server.post(`/v1/document/sequence/${name}/4`, null);
    expect(json.text).toContain(`that ${name} becomes 2.`);
    expect(json.text).toContain("It was predicted, not observed.");
    expect(json.text).not.toContain(`${name} was`);
    const { json: observed } = await server.post(`/v1/document/sequence/${name}/3`, null);
    expect(observed.text).toContain(`${name} was 1 on`);
    expect(observed.text).not.toContain("predicted");
  });
});

describe("a list of entries", () => {
  let name: string;
  const list = async (query: string, path = `/v1/sequence/${name}`) => (await server.get(`${path}?${query}`)).json;

  beforeAll(async () => {
    name = await module([a, b, a]);
    await store(name, 2);
    await observe(name, [c, a], "p");
    await store(name, 1);
  });

  it("holds observations and predictions alike unless told otherwise", async () => {
    const { json } = await server.get(`/v1/sequence/${name}`);
    expect(instances(json)).toEqual([a, b, a, b, a, c, a, c]);
    expect(await list("predicted=include")).toEqual(json);
  });

  it("leaves predictions out, or holds them alone", async () => {
    expect(instances(await list("predicted=exclude"))).toEqual([a, b, a, c, a]);
    expect(instances(await list("predicted=only"))).toEqual([b, a, c]);
  });

  it("does so with every other filter", async () => {
    const from = (await list(""))[0].created_at;
    for (const time of ["", `&from=${from}`]) {
      expect(instances(await list(`status=p${time}`))).toEqual([b, a, c, a, c]);
      expect(instances(await list(`status=p&predicted=exclude${time}`))).toEqual([c, a]);
      expect(instances(await list(`status=p&predicted=only${time}`))).toEqual([b, a, c]);
      expect(instances(await list(`status=n&predicted=only${time}`))).toEqual([]);
    }
  });

  it("does so page by page, in both orders", async () => {
    for (const filter of [
      "predicted=exclude",
      "predicted=only",
      "predicted=include",
      "status=p",
      `to=2200-01-01T00:00:00Z`,
    ]) {
      const all = await list(filter);
      for (const order of ["asc", "desc"]) {
        const path = `/v1/sequence/${name}?${filter}&limit=2&order=${order}`;
        expect(await readPages((next) => server.get(next), path)).toEqual(order === "asc" ? all : all.toReversed());
      }
    }
  });

  it("takes a cursor under its own filter alone", async () => {
    const link = nextLink(await server.get(`/v1/sequence/${name}?predicted=exclude&limit=1`))!;
    expect((await server.get(link)).json).toMatchObject([{ id: 2 }]);
    expect((await server.get(link.replace("exclude", "include"))).status).toBe(400);
  });

  it("of the entries' states takes the same filter", async () => {
    const path = `/v1/ess/${name}/sequence`;
    const ids = async (query: string) => (await list(query, path)).map(({ id }: { id: number }) => id);
    expect(await ids("")).toEqual([c, a, c, a, b, a, b, a]);
    expect(await ids("predicted=include")).toEqual([c, a, c, a, b, a, b, a]);
    expect(await ids("predicted=exclude")).toEqual([a, c, a, b, a]);
    expect(await ids("predicted=only")).toEqual([c, a, b]);
  });

  it("refuses any other word, and names the words that there are", async () => {
    for (const path of [`/v1/sequence/${name}`, `/v1/ess/${name}/sequence`]) {
      const answer = await server.get(`${path}?predicted=no`);
      expect(answer.status).toBe(400);
      expect(answer.json.errors[0]).toMatch(/predicted.*include.*exclude.*only/);
    }
  });
});
