import * as fc from "fast-check";
import type {
  AuditContent,
  DocumentContent,
  EmbeddingContent,
  EssContent,
  ResponseContent,
  SequenceContent,
  UserRow,
} from "../port/rows.js";
import type { Transaction } from "../port/store.js";

/** What a plain state says, but for what the test names. */
export function essContent(overrides: Partial<EssContent> = {}): EssContent {
  return {
    state: Float32Array.of(1, 2, 3),
    valence: 50,
    score: 0,
    avg_ess_valence: 0,
    avg_ess_score: 0,
    total_ess_score: 0,
    embedding_input: null,
    context: null,
    aggregate_id: [],
    aggregate_module_id: [],
    aggregate_shape: [],
    aggregate_valence: [],
    aggregate_score: [],
    aggregate_context: [],
    aggregate_emb_inp: [],
    ...overrides,
  };
}

/** What an aggregate of these components says. */
export function aggregateContent(components: readonly { module_id: string; id: number }[]): EssContent {
  return essContent({
    state: new Float32Array(components.length),
    aggregate_id: components.map(({ id }) => id),
    aggregate_module_id: components.map(({ module_id }) => module_id),
    aggregate_shape: components.map(() => 1),
    aggregate_valence: components.map((_, index) => index / 3),
    aggregate_score: components.map((_, index) => index),
    aggregate_context: components.map((_, index) => (index % 2 === 0 ? null : `part ${index}`)),
    aggregate_emb_inp: components.map((_, index) => (index % 2 === 0 ? index : null)),
  });
}

export function sequenceContent(overrides: Partial<SequenceContent> = {}): SequenceContent {
  return { instance_id: 1, status: "n", context: null, ...overrides };
}

export function embeddingContent(overrides: Partial<EmbeddingContent> = {}): EmbeddingContent {
  return { input: "warm and bright", hash: "hash of warm and bright", ...overrides };
}

export function documentContent(overrides: Partial<DocumentContent> = {}): DocumentContent {
  return { doc_id: "note", text: "It was warm.", status: "stored", source: null, ...overrides };
}

export function responseContent(overrides: Partial<ResponseContent> = {}): ResponseContent {
  return {
    name: "m",
    percept: 1,
    response: 2,
    percept_ess_ids: [1],
    response_ess_ids: [2],
    percept_names: ["warm"],
    response_names: ["cold"],
    twin_module_id: "m",
    status: "n",
    ...overrides,
  };
}

/** An audit entry of nobody about nothing. */
export function auditContent(at: number, rest: Partial<AuditContent> = {}): AuditContent {
  const nothing = { user_id: null, username: null, key_id: null, address: null, request_id: null, route: null };
  const nowhere = { module_id: null, row_id: null, subject_id: null, detail: null };
  return { at, kind: "login_failed", count: 1, ...nothing, ...nowhere, ...rest };
}

export function user(name: string): UserRow {
  return {
    user_id: `id of ${name}`,
    username: name,
    role: "writer",
    password_hash: `hash of ${name}`,
    disabled: false,
    created_at: 7,
  };
}

/** A module with its first state. */
export async function addModule(tx: Transaction, moduleId: string, content = essContent()): Promise<void> {
  await tx.insertModule(moduleId, content.state.length, 1);
  await tx.insertEss(moduleId, content, 1);
}

/** Finite 32-bit floats of every kind, subnormals and both zeros included, by their bits. */
const finiteFloats = fc
  .array(
    fc.integer({ min: 0, max: 0xff_ff_ff_ff }).map((bits) => new Float32Array(Uint32Array.of(bits).buffer)[0]!),
    { minLength: 1, maxLength: 8 },
  )
  .map((floats) => Float32Array.from(floats.filter(Number.isFinite)));

/** Text as the contract lets it through: any code points but NUL. */
export const text = fc.string({ unit: "binary", maxLength: 12 }).map((value) => value.replaceAll("\0", ""));

const integer = fc.maxSafeInteger();
/** JSON and SQL have one zero. */
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const nullableText = fc.option(text, { nil: null });

const component = fc.record({
  aggregate_id: integer,
  aggregate_module_id: text,
  aggregate_shape: integer,
  aggregate_valence: number,
  aggregate_score: integer,
  aggregate_context: nullableText,
  aggregate_emb_inp: fc.option(integer, { nil: null }),
});

const plain = fc.record({
  state: finiteFloats,
  valence: number,
  score: integer,
  avg_ess_valence: number,
  avg_ess_score: integer,
  total_ess_score: integer,
  embedding_input: fc.option(integer, { nil: null }),
  context: nullableText,
});

/** Anything that a state may say. */
export const anyEssContent: fc.Arbitrary<EssContent> = fc
  .tuple(plain, fc.array(component, { maxLength: 3 }))
  .map(([content, components]) =>
    essContent({
      ...content,
      aggregate_id: components.map((each) => each.aggregate_id),
      aggregate_module_id: components.map((each) => each.aggregate_module_id),
      aggregate_shape: components.map((each) => each.aggregate_shape),
      aggregate_valence: components.map((each) => each.aggregate_valence),
      aggregate_score: components.map((each) => each.aggregate_score),
      aggregate_context: components.map((each) => each.aggregate_context),
      aggregate_emb_inp: components.map((each) => each.aggregate_emb_inp),
    }),
  );

/** Module ids that have tripped programs. */
export const awkwardModuleIds: readonly string[] = [
  "",
  " ",
  "__proto__",
  "constructor",
  "a",
  "A",
  "a/b",
  "..",
  "%2e%2e",
  "50%",
  'it\'s "quoted"; DROP TABLE ess; --',
  "line\nbreak",
  "e\u0301",
  "\u00e9",
  "\uffee",
  "\u{1f600}",
  "x".repeat(10_000),
];

/** The order of UTF-8 bytes, which puts U+1F600 behind U+FFEE where JavaScript's own puts it before. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Any instant, with some left behind it. */
export const anyTime = fc.integer({ min: 0, max: 2 ** 52 });

/** When a write happens that comes after one `at` an instant: times never go back, and later writes are later. */
export function laterThan(at: number, wanted: number): number {
  return wanted >= at ? wanted : at + 1;
}
