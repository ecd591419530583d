import { z } from "zod";

/**
 * The configuration files of an original server, as the classes in `avenieca.config` of the Python SDK
 * write them. Every key of theirs is known here; what nothing is made of is looked at no closer than
 * its type. A key that is absent or null takes its default, as in the classes.
 */
const text = z.string().nullish();
const number = z.number().nullish();
const flag = z.boolean().nullish();

const db = z.strictObject({ table: text, uri: text }).nullish();
const log = z.strictObject({ level: text, log_file: text }).nullish();
const broker = z
  .strictObject({ url: text, sub_topic: text, pub_topic: text, group: text, auto_offset_reset: text })
  .nullish();

const vse = z
  .strictObject({
    hnsw_config: z
      .strictObject({ full_scan_threshold: number, max_indexing_threads: number, m: number, ef_construct: number })
      .nullish(),
    wal_config: z.strictObject({ wal_capacity_mb: number, wal_segments_ahead: number }).nullish(),
    optimizer_config: z
      .strictObject({
        deleted_threshold: number,
        vacuum_min_vector_number: number,
        default_segment_number: number,
        max_segment_size: number,
        memmap_threshold: number,
        indexing_threshold: number,
        flush_interval_sec: number,
        max_optimization_threads: number,
      })
      .nullish(),
    shard_number: number,
    timeout: number,
    vse_url: text,
    similarity_metric: text,
    on_disk_payload: flag,
  })
  .nullish();

const twin = z.strictObject({
  db_config: db,
  vse_config: vse,
  log_config: log,
  physical_twin_type: text,
  shape: z.int().min(0).nullish(),
  display_name: text,
  module_id: z.string().min(1, { error: "must not be empty" }),
  duration_threshold: text,
  sync_rate: text,
  sync_once: flag,
  broker_config: broker,
  ras_config: z.strictObject({ upsert_from: text, file_path: text }).nullish(),
  get in_twins() {
    return z.array(twin).nullish();
  },
  get out_twins() {
    return z.array(twin).nullish();
  },
});

const embedding = z
  .strictObject({ api: text, api_url: text, api_key: text, model: text, embedding_size: number })
  .nullish();

const document = z.strictObject({
  name: text,
  sync_rate: text,
  create_n_embed: flag,
  twin_config: twin.nullish(),
  db_config: db,
  vse_config: vse,
  log_config: log,
  embedding_config: embedding,
  sync_once: flag,
});

const cortex = z.strictObject({
  pag: text,
  sync_rate: text,
  duration_threshold: text,
  twin_configs: z.array(twin).nullish(),
  db_config: db,
  log_config: log,
  name: text,
  recall: number,
  range: number,
  sync_once: flag,
});

const retrieval = z.strictObject({
  api: text,
  document_config: document.nullish(),
  oai_config: z
    .strictObject({
      api_url: text,
      api_key: text,
      model: text,
      max_tokens: number,
      temperature: number,
      top_p: number,
      n: number,
    })
    .nullish(),
});

const server = z.strictObject({
  user_config: z.strictObject({ username: text, password: text, api_key: text, db_config: db }).nullish(),
  cortex_config: cortex.nullish(),
  log_config: log,
  host: text,
  port: z.union([z.string(), z.number()]).nullish(),
  cors_max_age: number,
  document_config: document.nullish(),
  retrieval_config: retrieval.nullish(),
});

/** Each kind of file, by its only key. */
export const originalConfigs = {
  server: z.strictObject({ server }),
  twin: z.strictObject({ twin }),
  cortex: z.strictObject({ cortex }),
  document: z.strictObject({ document }),
} as const;

/** A file that gives states a valence by hand. */
export const emotifiedInstancesConfig = z.strictObject({
  emotified_instances: z.strictObject({
    esi_vec: z.array(z.strictObject({ id: z.int(), state_vec: z.array(z.number()).min(1), valence: z.number() })),
  }),
});

export type OriginalTwin = z.infer<typeof twin>;
export type OriginalInstance = z.infer<typeof emotifiedInstancesConfig>["emotified_instances"]["esi_vec"][number];

/** A place in a file, as JSON paths name it: `["twin", "in_twins", 0]` is `$.twin.in_twins[0]`. */
export type JsonPath = readonly PropertyKey[];

/** Every twin of a configuration, those inside others included, with the place of each. */
export function* twinsOf(value: unknown, path: JsonPath = []): Generator<[twin: OriginalTwin, path: JsonPath]> {
  if (typeof value !== "object" || value === null) return;
  // A twin alone has this key, in every kind of file.
  if ("module_id" in value) yield [value as OriginalTwin, path];
  for (const [key, inner] of Object.entries(value)) {
    yield* twinsOf(inner, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}
