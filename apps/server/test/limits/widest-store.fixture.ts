import type { Limits } from "@eca/contract";
import type { Call, HttpClient } from "./http-client.fixture.js";

/** What stands in the widest store, by the names that calls find it under. */
export interface WidestStore {
  readonly limits: Limits;
  /** States as long as they may be, each with a context as long as a text may be; its log the same. */
  readonly wide: string;
  readonly wideRows: number;
  /** States of few numbers with an embedding input each, whose text is as long as a text may be. */
  readonly part: string;
  readonly partRows: number;
  /** Aggregates of `part` with as many components and characters as they may have. */
  readonly sum: string;
  readonly sumRows: number;
  /** States of one number, and a long log of them. */
  readonly narrow: string;
  readonly narrowRows: number;
  /** Documents as long as they may be. */
  readonly documents: number;
  readonly userId: string;
  readonly keyId: string;
}

/** Numbers that take as many characters as those of 32-bit floats do, never the same twice in a row. */
export function longNumbers(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, index) => Math.fround(-1.234567 - seed * 0.01 - (index % 9973) * 1e-4));
}

/** A text as long as a text may be, without a repeated word in it. */
export function longText(length: number, seed: number): string {
  let text = "";
  for (let word = seed * 1_000_000; text.length < length; word++) text += `${word.toString(36)} `;
  return `${text.slice(0, length - 1)}.`;
}

/** The same in characters that take three bytes each. */
export function wideText(length: number): string {
  return "\u4e16".repeat(length);
}

/** Fills a server, by its own calls, with rows at its limits. */
export async function fillWidest(client: HttpClient): Promise<WidestStore> {
  const limits = (await client.must({ method: "GET", path: "/v1/limits" })) as unknown as Limits;
  const post = (path: string, body: unknown): Call => ({ method: "POST", path: `/v1${path}`, body });
  const store = {
    limits,
    wide: "wide",
    wideRows: 12,
    // So that the names of the components alone are as long as all that an aggregate says of them may be.
    part: "p".repeat(limits.aggregate_text_length / limits.aggregate_components),
    partRows: 4,
    sum: "sum",
    sumRows: 6,
    narrow: "narrow",
    narrowRows: 1000,
    documents: 16,
  };
  const context = wideText(limits.text_length);
  for (let row = 0; row < store.wideRows; row++) {
    const state = longNumbers(limits.state_length, row);
    await client.must(post("/ess", { module_id: store.wide, state, valence: 1, context }));
    await client.must(post("/sequence", { module_id: store.wide, instance_id: row + 1, context }));
  }
  const width = limits.state_length / limits.aggregate_components;
  for (let row = 1; row <= store.partRows; row++) {
    const module_id = store.part;
    await client.must(post("/embedding", { module_id, input: wideText(limits.text_length), hash: `h${row}` }));
    await client.must(post("/ess", { module_id, state: longNumbers(width, row), valence: 1, embedding_input: row }));
  }
  for (let row = 0; row < store.sumRows; row++) await client.must(post("/ess", minimalAggregate(store, row)));
  for (let row = 1; row <= store.sumRows; row++) {
    await client.must(post("/sequence", { module_id: store.sum, instance_id: row }));
  }
  await fillNarrow(client, store);
  for (let row = 0; row < store.documents; row++) {
    await client.must(
      post("/document", { doc_id: `d${row}`, text: `shared ${longText(limits.text_length - 7, row)}`, embed: true }),
    );
  }
  return { ...store, ...(await fillAccounts(client, limits)) };
}

/** An aggregate that names its components alone. */
export function minimalAggregate(
  { limits, sum, part, partRows }: Pick<WidestStore, "limits" | "sum" | "part" | "partRows">,
  first = 0,
): object {
  const places = Array.from({ length: limits.aggregate_components }, (_, place) => place);
  return {
    module_id: sum,
    state: [],
    valence: 0,
    aggregate_id: places.map((place) => ((place + first) % partRows) + 1),
    aggregate_module_id: places.map(() => part),
  };
}

async function fillNarrow(client: HttpClient, { narrow, narrowRows }: Pick<WidestStore, "narrow" | "narrowRows">) {
  const inBatches = async (count: number, callOf: (row: number) => Call): Promise<void> => {
    for (let row = 0; row < count; row += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, place) => client.must(callOf(row + place))));
    }
  };
  await inBatches(narrowRows, (row) => ({
    method: "POST",
    path: "/v1/ess",
    body: { module_id: narrow, state: [row], valence: 1 },
  }));
  await inBatches(narrowRows * 2, (row) => ({
    method: "POST",
    path: "/v1/sequence",
    body: { module_id: narrow, instance_id: (row % narrowRows) + 1 },
  }));
}

/** Users with names, and keys with lists of modules, as long as they may be. */
async function fillAccounts(client: HttpClient, limits: Limits): Promise<Pick<WidestStore, "userId" | "keyId">> {
  const user = await client.must({
    method: "POST",
    path: "/v1/user",
    body: { username: "u".repeat(128), role: "writer", password: longText(1024, 4) },
  });
  for (let row = 0; row < 4; row++) {
    await client.must({ method: "POST", path: "/v1/key", body: widestKey(limits, row) });
  }
  const key = await client.must({ method: "POST", path: "/v1/key", body: { name: "short", role: "reader" } });
  return { userId: String(user?.["user_id"]), keyId: String(key?.["key_id"]) };
}

/** A key with as many modules as one may have, with the longest names. */
export function widestKey(limits: Limits, seed: number): object {
  const modules = Array.from({ length: 1000 }, (_, place) =>
    `${seed}-${place}-`.padEnd(limits.module_id_length, "\u4e16"),
  );
  return { name: "n".repeat(128), role: "reader", modules };
}
