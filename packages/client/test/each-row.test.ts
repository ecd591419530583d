import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client, createClient } from "../src/index.js";
import { credentials, type EcaServer, startEcaServer } from "./eca-server.fixture.js";

const module_id = "a/b ä";
const params = { module_id };

let server: EcaServer;
let client: Client;

beforeAll(async () => {
  server = await startEcaServer();
  client = createClient({ baseUrl: server.baseUrl, ...credentials });
  for (let value = 1; value <= 23; value++) {
    await client.ess.create({ body: { module_id, state: [value], valence: 0 } });
    await client.sequence.create({ body: { module_id, instance_id: value, status: value % 3 === 0 ? "e" : "n" } });
    await client.embedding.create({ body: { module_id, input: `text ${value}`, hash: `hash ${value}` } });
    await client.document.create({ body: { doc_id: `${value}`, text: "text" } });
  }
  const aggregate = { state: [], valence: 0, aggregate_id: [1], aggregate_module_id: [module_id] };
  for (let round = 0; round < 5; round++) await client.ess.create({ body: { module_id: "sum", ...aggregate } });
});

afterAll(() => server.close());

async function collect<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

interface Query {
  readonly limit?: number;
  readonly order?: "asc" | "desc";
}

const lists: [
  name: string,
  whole: () => Promise<{ body: unknown[] }>,
  each: (query: Query) => AsyncIterable<unknown>,
  own: "asc" | "desc",
][] = [
  ["ess.getAll", () => client.ess.getAll({ params }), (query) => client.ess.getAll.each({ params, query }), "asc"],
  [
    "ess.getAllSequence",
    () => client.ess.getAllSequence({ params }),
    (query) => client.ess.getAllSequence.each({ params, query }),
    "desc",
  ],
  [
    "ess.getAllAggregates",
    () => client.ess.getAllAggregates({ params: { module_id, aggregate_module_id: "sum", id: 1 } }),
    (query) => client.ess.getAllAggregates.each({ params: { module_id, aggregate_module_id: "sum", id: 1 }, query }),
    "desc",
  ],
  [
    "sequence.getAll",
    () => client.sequence.getAll({ params }),
    (query) => client.sequence.getAll.each({ params, query }),
    "asc",
  ],
  [
    "embedding.getAll",
    () => client.embedding.getAll({ params }),
    (query) => client.embedding.getAll.each({ params, query }),
    "asc",
  ],
  ["document.getAll", () => client.document.getAll(), (query) => client.document.getAll.each({ query }), "asc"],
  ["module.getAll", () => client.module.getAll(), (query) => client.module.getAll.each({ query }), "asc"],
];

describe.each(lists)("%s", (_name, whole, each, own) => {
  it("row by row is the same as whole, in both orders, whatever the size of the pages", async () => {
    const { body } = await whole();
    expect(body.length).toBeGreaterThan(1);
    expect(await collect(each({}))).toEqual(body);
    const ascending = own === "asc" ? body : body.toReversed();
    const order = fc.constantFrom("asc", "desc");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), order, async (limit, order) => {
        const rows = await collect(each({ limit, order }));
        expect(rows).toEqual(order === "asc" ? ascending : ascending.toReversed());
      }),
      { numRuns: 10 },
    );
  });
});

it("filters go with every page", async () => {
  const query = { limit: 2, status: "e", from: "2020-01-01T00:00:00+02:00", to: "2999-01-01T00:00:00Z" };
  const rows = await collect(client.sequence.getAll.each({ params, query }));
  expect(rows.map(({ id }) => id)).toEqual([3, 6, 9, 12, 15, 18, 21]);
});
