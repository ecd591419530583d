import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareKeys, createList, type Key, type List, listById, mapList } from "./list.js";
import type { Order, Page, PageRows } from "../store/port/store.js";

/** A keyset query over rows in memory, as a store runs it. */
function query<K extends Key>(keys: () => readonly K[]) {
  return async ({ order, limit, after }: Page<K>): Promise<{ id: K }[]> => {
    const direction = order === "asc" ? 1 : -1;
    return keys()
      .filter((key) => after === undefined || direction * compareKeys(key, after) > 0)
      .toSorted((a, b) => direction * compareKeys(a, b))
      .slice(0, limit)
      .map((id) => ({ id }));
  };
}

async function gather<Item>(pages: AsyncIterable<readonly Item[]>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...page);
  return items;
}

const whole = <Item>(list: List<Item>): Promise<Item[]> => gather(list.all());

async function paged<Item>(list: List<Item>, order: Order, limit: number): Promise<Item[]> {
  const items: Item[] = [];
  for (let after: Key | undefined; ;) {
    const { parts, next } = await list.page({ order, limit, ...(after !== undefined && { after }) });
    const rows = await gather(parts);
    expect(rows.length).toBeLessThanOrEqual(limit);
    items.push(...rows);
    if (next === undefined) return items;
    // A reader must get on: no page but an empty list's is empty.
    expect(rows.length).toBeGreaterThan(0);
    after = next;
  }
}

const order = fc.constantFrom<Order>("asc", "desc");
const keySets: Record<string, fc.Arbitrary<Key[]>> = {
  numbers: fc.uniqueArray(fc.maxSafeInteger(), { maxLength: 40 }),
  texts: fc.uniqueArray(fc.string({ unit: "binary", maxLength: 4 }), { maxLength: 40 }),
  pairs: fc.uniqueArray(fc.tuple(fc.nat(3), fc.nat(9)), { maxLength: 30, selector: ([a, b]) => `${a},${b}` }),
};

describe.each(Object.keys(keySets))("a list by %s", (name) => {
  it("is the same whole and page by page, in both orders", async () => {
    await fc.assert(
      fc.asyncProperty(keySets[name]!, order, fc.integer({ min: 1, max: 45 }), async (keys, own, limit) => {
        const list = createList<{ id: Key }, Key>({ order: own, read: query(() => keys), keyOf: (row) => row.id });
        const ascending = keys.toSorted(compareKeys).map((id) => ({ id }));
        expect(await whole(list)).toEqual(own === "asc" ? ascending : ascending.toReversed());
        expect(await paged(list, "asc", limit)).toEqual(ascending);
        expect(await paged(list, "desc", limit)).toEqual(ascending.toReversed());
      }),
    );
  });
});

describe("a list", () => {
  it.each([0, 1, 999, 1000, 1001, 2000, 2001])("of %i rows is whole", async (count) => {
    const ids = Array.from({ length: count }, (_, index) => index + 1);
    for (const own of ["asc", "desc"] as const) {
      const rows = await whole(
        listById(
          own,
          query(() => ids),
        ),
      );
      expect(rows.map(({ id }) => id)).toEqual(own === "asc" ? ids : ids.toReversed());
    }
  });

  it("ends at the row that was last when its walk began, however fast rows are added", async () => {
    const ids = Array.from({ length: 700 }, (_, index) => index + 1);
    const read = query(() => ids);
    let last = 0;
    const list = listById("asc", (page) => {
      for (let added = 0; added < 600; added++) ids.push(ids.length + 1);
      last ||= ids.length;
      return read(page);
    });
    const rows = await whole(list);
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    expect(ids.length).toBeGreaterThan(last);
  });

  it("reads all rows in order however early the store ends its pages, with or without a row", async () => {
    const ids = fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { maxLength: 40 });
    const cuts = fc.infiniteStream(fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }));
    await fc.assert(
      fc.asyncProperty(ids, order, cuts, fc.integer({ min: 1, max: 45 }), async (ids, own, cuts, limit) => {
        const ascending = ids.toSorted((a, b) => a - b);
        const read = query(() => ids);
        const list = listById(own, async (page) => {
          const all: PageRows<{ id: number }> = await read(page);
          const cut: number | undefined = cuts.next().value;
          if (page.maxBytes === undefined || cut === undefined || cut >= all.length) return all;
          const rows: PageRows<{ id: number }> = all.slice(0, cut);
          // The key to go on after lies anywhere between the last row and the next one.
          const [last = page.after ?? (page.order === "asc" ? 0 : 1000), next] = [rows.at(-1)?.id, all[cut]?.id];
          rows.next = cut === 0 ? (next as number) + (page.order === "asc" ? -1 : 1) : last;
          return rows;
        });
        expect((await whole(list)).map(({ id }) => id)).toEqual(own === "asc" ? ascending : ascending.toReversed());
        expect((await paged(list, "desc", limit)).map(({ id }) => id)).toEqual(ascending.toReversed());
      }),
    );
  });

  it("never reads many rows at once, as long ones may follow short ones", async () => {
    const ids = Array.from({ length: 300 }, (_, index) => index + 1);
    const read = query(() => ids);
    const limits: number[] = [];
    const bytes = new Set<number | undefined>();
    const list = listById("asc", (page) => {
      limits.push(page.limit);
      bytes.add(page.maxBytes);
      return read(page);
    });
    await whole(list);
    await paged(list, "asc", 1000);
    expect(Math.max(...limits)).toBe(64);
    expect([...bytes]).toEqual([2 ** 19]);
  });

  it.each([
    ["one row", 20_000_000, 1],
    ["nine rows", 1_000_000, 9],
    ["all rows", 10, 20],
  ])("ends a page early where its rows are long: after %s", async (_, length, maxRows) => {
    const ids = Array.from({ length: 20 }, (__, index) => index + 1);
    const read = query(() => ids);
    const text = "x".repeat(length);
    const list = listById("asc", async (page) => (await read(page)).map((row) => ({ ...row, text })));
    const page = await list.page({ order: "asc", limit: 1000 });
    expect((await gather(page.parts)).map(({ id }) => id)).toEqual(ids.slice(0, maxRows));
    expect(page.next).toBe(maxRows === ids.length ? undefined : maxRows);
    for (const direction of ["asc", "desc"] as const) {
      const rows = await paged(list, direction, 1000);
      expect(rows.map(({ id }) => id)).toEqual(direction === "asc" ? ids : ids.toReversed());
    }
  });

  it("sends a long page in several parts, and a short one in a single part", async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => index + 1);
    const read = query(() => ids);
    const partsOf = async (length: number) => {
      const text = "x".repeat(length);
      const list = listById("asc", async (page) => (await read(page)).map((row) => ({ ...row, text })));
      const sizes: number[] = [];
      for await (const part of (await list.page({ order: "asc", limit: 1000 })).parts) sizes.push(part.length);
      return sizes;
    };
    expect(await partsOf(100)).toEqual([1000]);
    expect(Math.max(...(await partsOf(100_000)))).toBeLessThanOrEqual(6);
  });

  it.each([
    ["entries of a log", { instance_id: 1, status: "n", context: null, created_at: 1.7e15, updated_at: 1.7e15 }],
    ["texts", { text: "x".repeat(1000) }],
    ["states", { state: [0.123, 45.6, 78.9, 1, 2], aggregate_id: [], aggregate_valence: [], created_at: 1.7e15 }],
  ])("of many %s is sent in texts below the size of V8's large objects", async (_, content) => {
    const read = query(() => Array.from({ length: 3000 }, (__, index) => index + 1));
    const list = listById("asc", async (page) => (await read(page)).map((row) => ({ ...row, ...content })));
    const lengths: number[] = [];
    for await (const page of list.all()) lengths.push(JSON.stringify(page).length);
    expect(Math.max(...lengths)).toBeLessThan(2 ** 17);
    expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThan(2 ** 15);
  });

  it("names no next page where the last one is exactly full", async () => {
    const list = listById(
      "asc",
      query(() => [1, 2, 3, 4]),
    );
    expect(await list.page({ order: "asc", limit: 4 })).toMatchObject({ next: undefined });
    expect(await list.page({ order: "asc", limit: 3 })).toMatchObject({ next: 3 });
  });

  it("mapped to other rows keeps their order, its own order and its revision", async () => {
    const list = mapList(
      listById(
        "desc",
        query(() => [1, 2, 3]),
        9,
      ),
      ({ id }) => `row ${id}`,
    );
    expect(list).toMatchObject({ order: "desc", revision: 9 });
    expect(await whole(list)).toEqual(["row 3", "row 2", "row 1"]);
    const page = await list.page({ order: "asc", limit: 2 });
    expect(await gather(page.parts)).toEqual(["row 1", "row 2"]);
    expect(page.next).toBe(2);
  });
});

describe("compareKeys", () => {
  it("orders texts by their bytes, as stores do", () => {
    // U+FFEE comes after U+1F600 in JavaScript's own order.
    expect(compareKeys("\uffee", "\u{1f600}")).toBeLessThan(0);
    expect(compareKeys("a", "a")).toBe(0);
  });
});
