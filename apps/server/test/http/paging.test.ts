import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Clock } from "../../src/clock.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";
import { nextLink, readPages } from "./next-link.fixture.js";

let server: TestServer;
let now = 1_700_000_000_000_000;

/** Stands still unless a test sets it. */
const clock: Clock = () => now;

const get = (path: string) => server.get(path);
const ids = (rows: readonly { id: number }[]) => rows.map((row) => row.id);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

const append = (module_id: string, more: object = {}) =>
  server.post("/v1/sequence", { module_id, instance_id: 1, ...more });

/** A module with so many states and sequence entries, and aggregates over its first state. */
async function module(name: string, count: number): Promise<void> {
  for (const index of upTo(count)) {
    await server.post("/v1/ess", { module_id: name, state: [index], valence: 0 });
    await append(name, { instance_id: index, status: index % 3 === 0 ? "e" : "n" });
  }
}

beforeAll(async () => {
  server = await startTestServer({}, { clock });
  await module("m", 23);
  const first = { aggregate_id: [1], aggregate_module_id: ["m"], state: [], valence: 0 };
  for (let round = 0; round < 5; round++) await server.post("/v1/ess", { module_id: "sum", ...first });
});

interface Row {
  readonly id: number;
  readonly module_id: string;
}

const lists: [path: string, key: (row: Row) => unknown, own: "asc" | "desc"][] = [
  ["/v1/ess/m", (row) => row.id, "asc"],
  ["/v1/ess/m/sequence", (row) => row.id, "desc"],
  ["/v1/ess/m/aggregate/sum/1", (row) => row.id, "desc"],
  ["/v1/sequence/m", (row) => row.id, "asc"],
  ["/v1/sequence/m?status=n", (row) => row.id, "asc"],
  ["/v1/sequence/m?from=2020-01-01T00%3A00%3A00%2B02%3A00&to=2100-01-01T00:00:00Z", (row) => row.id, "asc"],
  ["/v1/module", (row) => row.module_id, "asc"],
];

describe.each(lists)("%s", (path, key, own) => {
  const withQuery = (query: string) => `${path}${path.includes("?") ? "&" : "?"}${query}`;

  it("comes whole, without a link, as long as no page is asked for", async () => {
    const answer = await get(path);
    expect(answer.headers).not.toHaveProperty("link");
    expect(answer.json.length).toBeGreaterThan(1);
  });

  it.each([1, 2, 4, 5, 22, 23, 24, 1000])("is the same in pages of %i, in both orders", async (limit) => {
    const whole = (await get(path)).json.map(key);
    const sizes: number[] = [];
    const pages = await readPages<Row>(get, withQuery(`limit=${limit}`), (rows) => sizes.push(rows.length));
    expect(pages.map(key)).toEqual(whole);
    expect(sizes.slice(0, -1).every((size) => size === limit)).toBe(true);
    expect(sizes.length).toBe(Math.ceil(whole.length / limit));
    const ascending = await readPages<Row>(get, withQuery(`order=asc&limit=${limit}`));
    const descending = await readPages<Row>(get, withQuery(`order=desc&limit=${limit}`));
    expect(ascending.map(key)).toEqual(own === "asc" ? whole : whole.toReversed());
    expect(descending).toEqual(ascending.toReversed());
  });

  it("leads on by an absolute path that keeps the other parameters", async () => {
    const answer = await get(withQuery("limit=1&order=desc"));
    const next = new URL(nextLink(answer)!, server.url);
    expect(next.pathname).toBe(path.split("?")[0]);
    const asked = new URL(withQuery("limit=1&order=desc"), server.url).searchParams;
    const told = next.searchParams;
    expect(told.get("after")).toMatch(/^[\w-]+$/);
    told.delete("after");
    expect([...told].toSorted()).toEqual([...asked].toSorted());
  });
});

describe("a page", () => {
  it("has 100 rows unless told, where any of the parameters is there", async () => {
    await server.post("/v1/ess", { module_id: "hundred", state: [1], valence: 0 });
    await Promise.all(upTo(101).map(() => append("hundred")));
    const answer = await get("/v1/sequence/hundred?order=asc");
    expect(answer.json).toHaveLength(100);
    const rest = await get(
      `/v1/sequence/hundred?after=${new URL(nextLink(answer)!, server.url).searchParams.get("after")}`,
    );
    expect(ids(rest.json)).toEqual([101]);
    expect(rest.headers).not.toHaveProperty("link");
  });

  it("may have another size than the one before", async () => {
    const first = nextLink(await get("/v1/sequence/m?limit=2"))!;
    expect(ids((await get(first.replace("limit=2", "limit=3"))).json)).toEqual([3, 4, 5]);
  });

  it("ends early where its rows are long, and leads on", async () => {
    const state = Array.from({ length: 65_536 }, (_, index) => -0.000123 * index);
    for (const index of upTo(30)) {
      await server.post("/v1/ess", { module_id: "long", state: [index, ...state.slice(1)], valence: 0 });
    }
    const text = "x".repeat(262_144);
    for (const index of upTo(80)) await server.post("/v1/document", { doc_id: String(index), text });
    for (const [path, count] of [
      ["/v1/ess/long", 30],
      ["/v1/document", 80],
    ] as const) {
      for (const order of ["asc", "desc"] as const) {
        const sizes: number[] = [];
        const rows = await readPages<Row>(get, `${path}?limit=1000&order=${order}`, (page) => {
          expect(JSON.stringify(page).length).toBeLessThan(12 * 2 ** 20);
          sizes.push(page.length);
        });
        expect(ids(rows)).toEqual(order === "asc" ? upTo(count) : upTo(count).toReversed());
        expect(sizes.length).toBeGreaterThan(1);
        expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(4);
      }
    }
    const [first, whole] = [await get("/v1/ess/long?limit=1000"), await get("/v1/ess/long")];
    expect(first.headers["etag"]).toBe(whole.headers["etag"]);
    expect(first.json).toEqual(whole.json.slice(0, first.json.length));
  });

  it("of nothing is empty, and the last", async () => {
    const answer = await get("/v1/sequence/sum?limit=5");
    expect(answer.json).toEqual([]);
    expect(answer.headers).not.toHaveProperty("link");
    expect((await get("/v1/sequence/nobody?limit=5")).status).toBe(404);
  });

  it("keeps its place when the row that it began after is deleted", async () => {
    await module("moving", 6);
    const next = nextLink(await get("/v1/sequence/moving?limit=3"))!;
    await server.delete("/v1/sequence/moving/3");
    expect(ids((await get(next)).json)).toEqual([4, 5, 6]);
  });

  it("encodes the module in its link", async () => {
    await module("a/b c<>", 2);
    const answer = await get(`/v1/ess/${encodeURIComponent("a/b c<>")}?limit=1`);
    expect(answer.headers["link"]).toMatch(/^<\/v1\/ess\/a%2Fb%20c%3C%3E\?limit=1&after=[\w-]+>; rel="next"$/);
    expect(ids((await get(nextLink(answer)!)).json)).toEqual([2]);
  });

  it("goes on where it was after a restart", async () => {
    const next = nextLink(await get("/v1/sequence/m?limit=20"))!;
    await server.restart();
    expect(ids((await get(next)).json)).toEqual([21, 22, 23]);
  });

  it("is exposed to browsers of other origins", async () => {
    const crossed = await startTestServer({ ECA_CORS_ORIGINS: "*" });
    const { headers } = await crossed.call({ path: "/v1/module?limit=1", headers: { origin: "https://a.example" } });
    for (const name of ["ETag", "Idempotency-Replayed", "Ignored-Fields", "Link", "Retry-After"]) {
      expect(headers["access-control-expose-headers"]).toContain(name);
    }
  });
});

describe("a cursor", () => {
  const cursorOf = async (path: string) => new URL(nextLink(await get(path))!, server.url).searchParams.get("after")!;

  it.each([
    ["another order", "/v1/sequence/m?order=desc"],
    ["another filter", "/v1/sequence/m?status=n"],
    ["another module", "/v1/sequence/sum?limit=1"],
    ["another list of the module", "/v1/ess/m?limit=1"],
    ["another list", "/v1/module?limit=1"],
  ])("is refused with %s", async (_name, path) => {
    const cursor = await cursorOf("/v1/sequence/m?limit=2");
    const answer = await get(`${path}&after=${cursor}`);
    expect(answer.status).toBe(400);
    expect(answer.headers["x-error-code"]).toBe("invalid_cursor");
    expect(answer.json.errors).toEqual([expect.stringContaining("query parameter after")]);
  });

  it("is refused whatever the caller has of the list, and its refusal has no ETag", async () => {
    const headers = { "if-none-match": "*" };
    const cursor = await cursorOf("/v1/sequence/m?limit=2");
    expect((await server.call({ path: `/v1/sequence/m?after=${cursor}`, headers })).status).toBe(304);
    for (const path of ["/v1/sequence/m?after=AAAA", `/v1/ess/m?after=${cursor}`]) {
      const answer = await server.call({ path, headers });
      expect([answer.status, answer.headers["x-error-code"]]).toEqual([400, "invalid_cursor"]);
      expect((await get(path)).headers).not.toHaveProperty("etag");
    }
  });

  it("takes the list's own order for no order", async () => {
    const cursor = await cursorOf("/v1/sequence/m?limit=2");
    expect(ids((await get(`/v1/sequence/m?order=asc&limit=1&after=${cursor}`)).json)).toEqual([3]);
  });

  it("is refused once it was tampered with", async () => {
    const cursor = await cursorOf("/v1/sequence/m?limit=2");
    await fc.assert(
      fc.asyncProperty(
        fc.nat(cursor.length - 1),
        fc.constantFrom("A", "Z", "a", "z", "0", "9", "-", "_"),
        async (at, character) => {
          fc.pre(cursor[at] !== character);
          const tampered = cursor.slice(0, at) + character + cursor.slice(at + 1);
          const answer = await get(`/v1/sequence/m?after=${tampered}`);
          expect(answer.headers["x-error-code"]).toBe("invalid_cursor");
        },
      ),
      { numRuns: 40 },
    );
    expect((await get("/v1/sequence/m?after=")).headers["x-error-code"]).toBe("invalid_cursor");
  });
});

describe("the query of a list", () => {
  it.each([
    ["limit=0", /^query parameter limit: must lie between 1 and 1000/],
    ["limit=1001", /^query parameter limit: is 1001; the limit is 1000/],
    ["limit=-1", /^query parameter limit: must be a whole number/],
    ["limit=1.5", /^query parameter limit/],
    ["limit=1e2", /^query parameter limit/],
    ["limit=", /^query parameter limit/],
    ["limit=2&limit=3", /^query parameter limit/],
    ["order=up", /^query parameter order/],
    ["order=asc&order=desc", /^query parameter order/],
    ["after=a&after=b", /^query parameter after/],
    ["size=3", /^query parameter size: is none of this path/],
    ["__proto__=3", /^query parameter __proto__/],
    ["status=n&status=e", /^query parameter status/],
    ["status=%00", /^query parameter status/],
    ["from=yesterday", /^query parameter from: must be an instant such as/],
    ["from=2023-02-30T00:00:00Z", /^query parameter from/],
    ["from=2023-08-09T19:48:60Z", /^query parameter from/],
    ["from=2023-08-09T19:48:19-24:00", /^query parameter from/],
    ["from=2023-08-09T19:48:19,5Z", /^query parameter from/],
    ["to=2023-08-09T19:48:19+02:00", /^query parameter to: .*write \+ as %2B/],
  ])("is refused with %s", async (query, text) => {
    const answer = await get(`/v1/sequence/m?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.json.errors).toEqual([expect.stringMatching(text)]);
  });

  it("knows filters on logs alone", async () => {
    expect((await get("/v1/ess/m?status=n")).status).toBe(400);
    expect((await get("/v1/module?from=2023-01-01T00:00:00Z")).status).toBe(400);
  });
});

describe("filters of a log", () => {
  const began = 1_700_000_000;
  const rfc = (second: number, fraction = "") =>
    encodeURIComponent(`${new Date((began + second) * 1000).toISOString().slice(0, 19)}${fraction}Z`);

  beforeAll(async () => {
    const earlier = now;
    await server.post("/v1/ess", { module_id: "log", state: [1], valence: 0 });
    for (const [second, status] of ["n", "e", "n", "sk", "n"].entries()) {
      now = (began + second) * 1_000_000;
      await append("log", { status });
    }
    now = earlier;
  });

  it.each([
    ["status=n", [1, 3, 5]],
    ["status=sk", [4]],
    ["status=nobody", []],
    [`from=${rfc(2)}`, [3, 4, 5]],
    [`to=${rfc(2)}`, [1, 2]],
    [`from=${rfc(1)}&to=${rfc(3)}`, [2, 3]],
    [`from=${rfc(2, ".000000001")}`, [4, 5]],
    [`to=${rfc(2, ".000001")}`, [1, 2, 3]],
    [`from=${rfc(1)}&to=${rfc(1)}`, []],
    [`from=${rfc(3)}&to=${rfc(1)}`, []],
    [`from=${rfc(1)}&status=n`, [3, 5]],
    [`from=${rfc(2).toLowerCase().replaceAll("%3a", "%3A")}`, [3, 4, 5]],
    [`from=${rfc(2).replace("Z", "-00%3A00")}`, [3, 4, 5]],
    ["from=2016-12-31T23:59:60Z&to=2100-12-31t15:59:60.5-08:00", [1, 2, 3, 4, 5]],
    ["from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z", [1, 2, 3, 4, 5]],
  ])("%s", async (query, expected) => {
    const path = `/v1/sequence/log?${query}`;
    expect(ids((await get(path)).json)).toEqual(expected);
    expect(ids(await readPages(get, `${path}&limit=2`))).toEqual(expected);
    expect(ids(await readPages(get, `${path}&limit=2&order=desc`))).toEqual(expected.toReversed());
  });
});

describe("pages under concurrent writers", () => {
  const writers = 8;
  const present = 60;

  const paths = ["/v1/sequence/$", "/v1/ess/$", "/v1/ess/$/sequence", "/v1/sequence/$?from=2000-01-01T00:00:00Z"];

  it.each(paths)("%s: every row that was there is in them exactly once, and none twice", async (path) => {
    const name = `busy${paths.indexOf(path)}`;
    await server.post("/v1/ess", { module_id: name, state: [0], valence: 0 });
    await Promise.all(
      upTo(present - 1).map((value) => server.post("/v1/ess", { module_id: name, state: [value], valence: 0 })),
    );
    await Promise.all(upTo(present).map((instance_id) => append(name, { instance_id })));
    const list = path.replace("$", name);
    // Upwards, as the lists grow with each walk and a walk by ones is the longest.
    for (const limit of upTo(50)) {
      const order = limit % 2 === 0 ? "asc" : "desc";
      const before = ids((await get(list)).json);
      const stop = new AbortController();
      const busy = Array.from({ length: writers }, (_, writer) => keepWriting(name, writer, stop.signal));
      const rows = await readPages<{ id: number }>(
        get,
        `${list}${list.includes("?") ? "&" : "?"}limit=${limit}&order=${order}`,
      );
      stop.abort();
      await Promise.all(busy);
      const seen = ids(rows);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(seen.toSorted((a, b) => (order === "asc" ? a - b : b - a)));
      expect(new Set(seen)).toEqual(new Set([...seen, ...before]));
    }
  });

  /**
   * Adds, changes and deletes rows, but deletes none of those that were there before; twice at most, as a walk ends at
   * no row that it chases, and every row that stays makes the walks to come longer.
   */
  async function keepWriting(name: string, writer: number, signal: AbortSignal): Promise<void> {
    for (let round = 0; round < 2 && !signal.aborted; round++) {
      const { json: state } = await server.post("/v1/ess", { module_id: name, state: [writer], valence: round });
      const { json: entry } = await append(name, { instance_id: state.id });
      const old = 1 + ((writer * 7 + round) % present);
      await server.patch(`/v1/sequence/${name}/${old}`, { module_id: name, instance_id: old, status: "p" });
      if (round % 2 === 0) await server.delete(`/v1/sequence/${name}/${entry.id}`);
    }
  }
});
