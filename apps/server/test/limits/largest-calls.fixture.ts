import type { Call } from "./http-client.fixture.js";
import {
  longNumbers,
  longText,
  minimalAggregate,
  wideText,
  widestKey,
  type WidestStore,
} from "./widest-store.fixture.js";

/** A call, and what tells it from others of its operation. */
interface LargeCall extends Call {
  readonly label: string;
  /** 200 or 201 unless told. */
  readonly status?: number;
}

type CallsOf = (store: WidestStore) => readonly LargeCall[];

const get = (label: string, path: string, headers?: Record<string, string>): LargeCall => ({
  label,
  method: "GET",
  path: `/v1${path}`,
  ...(headers !== undefined && { headers }),
});
const send =
  (method: string) =>
  (label: string, path: string, body?: unknown, more: Partial<LargeCall> = {}): LargeCall => ({
    label,
    method,
    path: `/v1${path}`,
    body,
    ...more,
  });
const post = send("POST");
const put = send("PUT");
const patch = send("PATCH");
const remove = send("DELETE");

const gzip = { "accept-encoding": "gzip" };

/** The body as long as a body may be: spaces make up for what its values do not take. */
function padded(value: object, bytes: number): string {
  const text = JSON.stringify(value);
  return text + " ".repeat(Math.max(0, bytes - Buffer.byteLength(text)));
}

/** The longest state, in as many characters as its body may have. */
function maxState({ limits }: WidestStore): string {
  const room = limits.body_bytes - limits.text_length * 3 - 1000;
  const each = Math.floor(room / limits.state_length) - 1;
  const numbers = longNumbers(limits.state_length, 1).map((number) => String(number).padEnd(each, "0"));
  return `[${numbers.join(",")}]`;
}

function widestState(store: WidestStore, module: string): string {
  return `{"module_id":"${module}","valence":1,"context":"${wideText(store.limits.text_length)}","state":${maxState(store)}}`;
}

/** An aggregate with all its arrays, as the server fills them. */
function fullAggregate(store: WidestStore): object {
  const { limits, partRows } = store;
  const minimal = minimalAggregate(store) as { aggregate_id: number[] };
  const width = limits.state_length / limits.aggregate_components;
  const each = (value: unknown) => minimal.aggregate_id.map(() => value);
  return {
    ...minimal,
    state: minimal.aggregate_id.flatMap((_, place) => longNumbers(width, (place % partRows) + 1)),
    valence: limits.aggregate_components,
    avg_ess_valence: 1,
    aggregate_shape: each(width),
    aggregate_valence: each(1),
    aggregate_score: each(0),
    aggregate_context: each(null),
    aggregate_emb_inp: minimal.aggregate_id,
  };
}

const stored = { store_response: true, store_sequence: true };

/** Chains as long as the limits let them be, of wide states, of aggregates and of narrow states. */
function predictions(path: string): CallsOf {
  return (store) => {
    const { limits, wide, sum, narrow } = store;
    const n = Math.floor(limits.prediction_numbers / limits.state_length) - 1;
    const some = { range: limits.prediction_rows, recall: limits.prediction_rows };
    const isRaw = path.endsWith("raw");
    return [
      post("wide states", path, { module_id: wide, current_state: 1, n }),
      post("wide states, one more than may be", path, { module_id: wide, current_state: 1, n: n + 1 }, { status: 400 }),
      post("wide states, the longest chain", path, { module_id: wide, current_state: 1, n: 10_000 }, { status: 400 }),
      post("wide states, stored", path, { module_id: wide, current_state: 1, n, ...stored }),
      post(
        "aggregates",
        path,
        { module_id: sum, current_state: 1, n: isRaw ? 3 : 0, ...stored },
        isRaw ? {} : { status: 400 },
      ),
      post("narrow states, the longest chain", path, { module_id: narrow, n: limits.prediction_steps, ...some }),
      post("narrow states without limits", path, {
        module_id: narrow,
        n: limits.prediction_steps,
        use_range_n_recall: false,
      }),
      post("narrow states, stored", path, { module_id: narrow, n: limits.prediction_steps, ...stored }),
    ];
  };
}

/** By the operation's name in the contract: the largest calls that it takes. What deletes comes last. */
export const largestCalls: Readonly<Record<string, CallsOf>> = {
  "auth.session": () => [get("", "/session")],
  "auth.changePassword": () => [
    post("", "/password", { current_password: "x".repeat(1024), new_password: longText(1024, 1) }, { status: 401 }),
  ],
  "ess.create": (store) => {
    const { limits, wide, sum } = store;
    return [
      post("a wide state", "/ess", widestState(store, wide)),
      post("a wide state, kept", "/ess", widestState(store, wide), { headers: { "idempotency-key": "wide" } }),
      post("a wide state, again", "/ess", widestState(store, wide), { headers: { "idempotency-key": "wide" } }),
      post("a minimal aggregate", "/ess", minimalAggregate(store)),
      post("a full aggregate", "/ess", fullAggregate(store)),
      post("a full aggregate, a body at its limit", "/ess", padded(fullAggregate(store), limits.body_bytes)),
      post(
        "an aggregate of wide states with contexts",
        "/ess",
        {
          module_id: sum,
          state: [],
          valence: 0,
          aggregate_id: Array.from({ length: limits.aggregate_components }, () => 1),
          aggregate_module_id: Array.from({ length: limits.aggregate_components }, () => wide),
        },
        { status: 400 },
      ),
      post(
        "an aggregate that is wrong in each component",
        "/ess",
        {
          ...fullAggregate(store),
          aggregate_valence: Array.from({ length: limits.aggregate_components }, () => 7),
        },
        { status: 400 },
      ),
    ];
  },
  "ess.search": (store) => [
    post("wide states", "/ess/search", `{"module_id":"${store.wide}","limit":1000000,"state":${maxState(store)}}`),
    post("aggregates", "/ess/search", `{"module_id":"${store.sum}","limit":1000000,"state":${maxState(store)}}`),
    post("narrow states", "/ess/search", { module_id: store.narrow, limit: 1_000_000, state: [5] }),
  ],
  "ess.getAll": ({ wide, sum, limits }) => [
    get("wide states", `/ess/${wide}`),
    get("wide states, compressed", `/ess/${wide}`, gzip),
    get("wide states, the largest page", `/ess/${wide}?limit=${limits.page_size}`),
    get("aggregates", `/ess/${sum}`),
  ],
  "ess.getAllSequence": ({ wide, sum }) => [
    get("wide states", `/ess/${wide}/sequence`),
    get("aggregates", `/ess/${sum}/sequence`),
  ],
  "ess.getOneSequence": ({ wide, sum }) => [
    get("a wide state", `/ess/${wide}/sequence/1`),
    get("an aggregate", `/ess/${sum}/sequence/1`),
  ],
  "ess.getOneEmbedding": ({ part }) => [get("", `/ess/${part}/embedding/1`)],
  "ess.getOnePretty": ({ wide, sum, part }) =>
    [
      get("a wide state", `/ess/${wide}/pretty/1`),
      get("an aggregate", `/ess/${sum}/pretty/1`, undefined),
      get("a text", `/ess/${part}/pretty/1`),
    ].map((call) => (call.label === "an aggregate" ? { ...call, status: 400 } : call)),
  "ess.upsert": ({ wide, sum }) => [
    put("a wide state", `/ess/${wide}/upsert/1`),
    put("an aggregate", `/ess/${sum}/upsert/1`),
  ],
  "ess.getAllAggregates": ({ part, sum }) => [get("", `/ess/${part}/aggregate/${sum}/1`)],
  "ess.getOne": ({ wide, sum }) =>
    [
      get("a wide state", `/ess/${wide}/1`),
      get("a wide state, compressed", `/ess/${wide}/1`, gzip),
      get("a wide state that is known", `/ess/${wide}/2`, { "if-none-match": "*" }),
      get("an aggregate", `/ess/${sum}/1`),
    ].map((call) => (call.label.endsWith("known") ? { ...call, status: 304 } : call)),
  "ess.update": (store) => [
    patch("a wide state", `/ess/${store.wide}/1`, widestState(store, store.wide)),
    patch("a wide state, stale", `/ess/${store.wide}/2`, widestState(store, store.wide), {
      headers: { "if-match": '"999"' },
      status: 412,
    }),
    patch("an aggregate", `/ess/${store.sum}/1`, fullAggregate(store)),
  ],
  "sequence.create": ({ wide, limits }) => [
    post("", "/sequence", {
      module_id: wide,
      instance_id: 1,
      status: "s".repeat(32),
      context: wideText(limits.text_length),
    }),
  ],
  "sequence.getAll": ({ wide, narrow, limits }) => [
    get("long contexts", `/sequence/${wide}`),
    get("many entries", `/sequence/${narrow}`),
    get("many entries, by time", `/sequence/${narrow}?from=2000-01-01T00:00:00Z&limit=${limits.page_size}`),
    get("many entries, none of which fits", `/sequence/${narrow}?status=none`),
  ],
  "sequence.getOne": ({ wide }) => [get("", `/sequence/${wide}/1`)],
  "sequence.update": ({ wide, limits }) => [
    patch("", `/sequence/${wide}/1`, { module_id: wide, instance_id: 1, context: wideText(limits.text_length) }),
  ],
  "embedding.create": ({ narrow, limits }) => [
    post("", "/embedding", { module_id: narrow, input: wideText(limits.text_length), hash: "h".repeat(512) }),
  ],
  "embedding.getAll": ({ part }) => [get("", `/embedding/${part}`)],
  "embedding.getOne": ({ part }) => [get("", `/embedding/${part}/1`)],
  "embedding.getOneHash": ({ part }) => [get("", `/embedding/${part}/hash?hash=h1`)],
  "embedding.update": ({ part, limits }) => [
    patch("", `/embedding/${part}/1`, { module_id: part, input: wideText(limits.text_length), hash: "h1" }),
  ],
  "prediction.predict": predictions("/predictions"),
  "prediction.predictRaw": predictions("/predictions/raw"),
  "document.create": ({ limits }) => [
    post("stored", "/document", { doc_id: "x".repeat(limits.text_length), text: longText(limits.text_length, 900) }),
    post("embedded", "/document", { doc_id: "e", text: longText(limits.text_length, 901), embed: true }),
    post("embedded, letters alone", "/document", {
      doc_id: "l",
      text: "a ".repeat(limits.text_length / 2),
      embed: true,
    }),
    post("embedded, numbers alone", "/document", {
      doc_id: "l",
      text: "2026-11-30 12:00 ".repeat(limits.text_length / 17),
      embed: true,
    }),
    post("embedded, of one word", "/document", { doc_id: "w", text: wideText(limits.text_length), embed: true }),
  ],
  "document.createFromEss": ({ wide, sum, part }) => [
    post("a wide state", `/document/ess/${wide}/1`),
    post("an aggregate", `/document/ess/${sum}/1`),
    post("a text", `/document/ess/${part}/1`),
  ],
  "document.createFromSequence": ({ wide, sum }) => [
    post("a wide state", `/document/sequence/${wide}/1`),
    post("an aggregate", `/document/sequence/${sum}/1`),
  ],
  "document.getAll": () => [get("", "/document"), get("compressed", "/document", gzip)],
  "document.getOne": () => [get("", "/document/1")],
  "document.update": ({ limits }) => [
    patch("embedded", "/document/2", { doc_id: "d2", text: longText(limits.text_length, 902), embed: true }),
  ],
  "document.embed": ({ documents }) => [put("", `/document/embed/${documents + 1}`)],
  "response.getAll": () => [get("", "/response")],
  "response.getOne": () => [get("", "/response/1")],
  "retrieval.query": ({ limits }) => [
    post("a word of all documents", "/retrieval", { query: "What is shared?" }),
    post("the longest question", "/retrieval", { query: longText(limits.text_length, 1) }),
    post("the longest question of times", "/retrieval", { query: "2026-11-30 12:00 ".repeat(limits.text_length / 17) }),
    post("the longest question of one word", "/retrieval", { query: "shared ".repeat(limits.text_length / 7) }),
    post("the longest word", "/retrieval", { query: wideText(limits.text_length) }),
  ],
  "module.getAll": () => [get("", "/module")],
  "module.getOne": ({ part }) => [get("", `/module/${part}`)],
  "user.create": () => [post("", "/user", { username: "v".repeat(128), role: "reader", password: longText(1024, 2) })],
  "user.getAll": () => [get("", "/user")],
  "user.getOne": ({ userId }) => [get("", `/user/${userId}`)],
  "user.update": ({ userId }) => [patch("", `/user/${userId}`, { password: longText(1024, 3) })],
  "key.create": ({ limits }) => [post("", "/key", widestKey(limits, 99))],
  "key.getAll": () => [get("", "/key")],
  "key.getOne": ({ keyId }) => [get("", `/key/${keyId}`)],
  "key.rotate": ({ keyId }) => [post("", `/key/${keyId}/rotate`)],
  "audit.getAll": ({ limits }) => [get("", "/audit"), get("the largest page", `/audit?limit=${limits.page_size}`)],
  "limits.get": () => [get("", "/limits")],
  "health.healthz": () => [{ label: "", method: "GET", path: "/healthz" }],
  "health.readyz": () => [{ label: "", method: "GET", path: "/readyz" }],
  "metrics.get": () => [{ label: "", method: "GET", path: "/metrics" }],
  "key.revoke": ({ keyId }) => [remove("", `/key/${keyId}`)],
  "sequence.delete": ({ wide }) => [remove("", `/sequence/${wide}/2`)],
  "embedding.delete": ({ part }) => [remove("", `/embedding/${part}/4`)],
  "document.delete": () => [remove("", "/document/3")],
  "auth.login": () => [
    post("wrong", "/login", { username: "u".repeat(1024), password: longText(1024, 2) }, { status: 401 }),
  ],
  "auth.logout": () => [post("", "/logout")],
};
