import { afterEach, describe, expect, it } from "vitest";
import { type ClientSettings, createClient } from "./client.js";
import { nextReference } from "./each-row.js";
import { EcaProtocolError } from "./errors.js";
import { holdClock } from "../test/held-clock.fixture.js";
import { type Responder, reply, startTestServer, type TestServer } from "../test/test-server.fixture.js";

const closing: TestServer[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((server) => server.close()));
});

/** Pages of two rows: 1 and 2, 3 and 4, 5; the cursor is the last row. */
const pages: Responder = ({ path }, response) => {
  const after = Number(new URL(path, "http://x").searchParams.get("after") ?? 0);
  const rows = [1, 2, 3, 4, 5].filter((id) => id > after).slice(0, 2);
  const link = `</elsewhere?after=${rows.at(-1)}&limit=2>; rel="next"`;
  reply(
    response,
    200,
    rows.map((id) => ({ id })),
    rows.at(-1) === 5 ? {} : { link },
  );
};

async function serve(respond: Responder, settings: Partial<ClientSettings> = {}) {
  const server = await startTestServer(respond);
  closing.push(server);
  const client = createClient({ baseUrl: server.baseUrl, token: "t", clock: holdClock(), ...settings });
  return { client, paths: () => server.received.map(({ path }) => path) };
}

async function collect<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

const params = { module_id: "a" };

describe("each", () => {
  it("follows the links to the last page, with the call's own parameters and options", async () => {
    const { client, paths } = await serve(pages);
    const query = { limit: 2, status: "n", order: "asc" } as const;
    const rows = await collect(client.sequence.getAll.each({ params, query }));
    expect(rows.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    const first = "/v1/sequence/a?limit=2&status=n&order=asc";
    expect(paths()).toEqual([first, `${first}&after=2`, `${first}&after=4`]);
  });

  it("asks for pages where nothing asks for them, and goes on after one that holds fewer rows", async () => {
    const { client, paths } = await serve(pages);
    expect(await collect(client.module.getAll.each())).toHaveLength(5);
    expect(paths()[0]).toBe("/v1/module?limit=100");
  });

  it("reads no page before it is needed", async () => {
    const { client, paths } = await serve(pages);
    const rows = client.ess.getAll.each({ params });
    expect(paths()).toHaveLength(0);
    await rows.next();
    await rows.next();
    expect(paths()).toHaveLength(1);
    await rows.next();
    expect(paths()).toHaveLength(2);
    await rows.return();
    expect(await rows.next()).toMatchObject({ done: true });
    expect(paths()).toHaveLength(2);
  });

  it("repeats a page that did not come, and no other", async () => {
    let calls = 0;
    const { client, paths } = await serve((request, response) =>
      ++calls === 2 ? response.destroy() : pages(request, response),
    );
    const rows = await collect(client.ess.getAll.each({ params }));
    expect(rows.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    expect(paths()[1]).toBe(paths()[2]);
    expect(paths()).toHaveLength(4);
  });

  it("rejects with what a page was refused for, after the rows before it", async () => {
    let calls = 0;
    const { client } = await serve((request, response) =>
      ++calls === 2 ? reply(response, 400, { errors: ["no"] }) : pages(request, response),
    );
    const seen: number[] = [];
    const read = async (): Promise<void> => {
      for await (const { id } of client.ess.getAll.each({ params })) seen.push(id);
    };
    await expect(read()).rejects.toMatchObject({ status: 400 });
    expect(seen).toEqual([1, 2]);
  });

  it("ends with its signal", async () => {
    const leaving = new AbortController();
    const { client, paths } = await serve(pages);
    const read = async (): Promise<void> => {
      for await (const { id } of client.ess.getAll.each({ params, signal: leaving.signal })) {
        if (id === 2) leaving.abort();
      }
    };
    await expect(read()).rejects.toMatchObject({ name: "EcaAbortError" });
    expect(paths()).toHaveLength(1);
  });

  it("reads the whole list of a server that knows no pages", async () => {
    const { client } = await serve((_, response) => reply(response, 200, [{ id: 1 }, { id: 2 }, { id: 3 }]));
    expect(await collect(client.ess.getAll.each({ params, query: { limit: 2 } }))).toHaveLength(3);
  });

  it.each([
    ["no list", { id: 1 }, {}],
    ["a link without a cursor", [], { link: '</v1/ess/a?page=2>; rel="next"' }],
  ])("rejects %s", async (_, body, headers) => {
    const { client } = await serve((_, response) => reply(response, 200, body, headers));
    await expect(collect(client.ess.getAll.each({ params }))).rejects.toBeInstanceOf(EcaProtocolError);
  });
});

describe("nextReference", () => {
  it.each([
    [undefined, undefined],
    ["", undefined],
    ['</a?after=1>; rel="next"', "/a?after=1"],
    ["</a>;rel=next", "/a"],
    ['</a>; rel="prev", </b>; title="x, <y>"; rel="next"', "/b"],
    ['</a>; rel="prev next"', "/a"],
    ['</a>; REL="Next"', "/a"],
    ['</a>; rel="nextish"', undefined],
    ['</a>; title="rel=next"', undefined],
  ])("of %j is %j", (header, reference) => {
    expect(nextReference(header)).toBe(reference);
  });
});
