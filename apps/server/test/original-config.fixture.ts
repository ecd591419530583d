/** Configurations of an original server, key by key as the Python SDK's classes write them. */

const db_config = { table: "t", uri: "postgres://u:the-db-password@db/eca" };
const log_config = { level: "", log_file: "" };

const vse_config = {
  hnsw_config: { full_scan_threshold: 10_000, max_indexing_threads: 0, m: 16, ef_construct: 100 },
  wal_config: { wal_capacity_mb: 32, wal_segments_ahead: 0 },
  optimizer_config: {
    deleted_threshold: 0.2,
    vacuum_min_vector_number: 1000,
    default_segment_number: 0,
    max_segment_size: null,
    memmap_threshold: null,
    indexing_threshold: 2000,
    flush_interval_sec: 5,
    max_optimization_threads: 1,
  },
  shard_number: 2,
  timeout: 10,
  vse_url: "http://localhost:6334",
  similarity_metric: "euclid",
  on_disk_payload: null,
};

export function twinConfig(module_id: string, shape: number, more: object = {}) {
  return {
    db_config,
    vse_config,
    log_config,
    physical_twin_type: "sensor",
    shape,
    display_name: "",
    module_id,
    duration_threshold: "1s",
    sync_rate: "1s",
    sync_once: false,
    broker_config: { url: "kafka:9092", sub_topic: "in", pub_topic: "out", group: "g", auto_offset_reset: "latest" },
    ras_config: null as object | null,
    in_twins: [] as object[],
    out_twins: [] as object[],
    ...more,
  };
}

const documentConfig = (twin_config: object) => ({
  name: "documents",
  sync_rate: "1s",
  create_n_embed: true,
  twin_config,
  db_config,
  vse_config,
  log_config,
  embedding_config: { api: "openai", api_url: "u", api_key: "k", model: "m", embedding_size: 1536 },
  sync_once: false,
});

/** A twin as newer programs of the original write it. */
export function newerTwinConfig(module_id: string, shape: number | number[], more: object = {}) {
  const { vse_url, similarity_metric, ...rest } = vse_config;
  return {
    ...twinConfig(module_id, 0),
    vse_config: {
      client_type: "qdrant",
      url: vse_url,
      qdrant_config: { vse_url, similarity_metric, ...rest },
      pgvector_config: null,
    },
    log_config: { level: "info", log_file: "/var/log/twin.log", sentry: null },
    license_config: { online: null, offline: { license_file: "/opt/other/machine.lic" } },
    digital_twin_type: "streamer",
    broker_config: { url: "kafka:9092", subscribe: "in", publish: "out" },
    shape,
    ...more,
  };
}

const newerCore = (module_id: string, twin_configs: readonly object[]) => ({
  module_id,
  pag: "room",
  recall: 8,
  range: 8,
  valence_threshold: -10,
  twin_configs,
  db_config,
  embedding_config: null,
  document_config: null,
  reasoning_config: null,
  license_config: { online: null, offline: { license_file: "/opt/other/machine.lic" } },
});

/** All parts of a system in one file, which newer programs run as one. */
export function monoConfig(twins: readonly object[], coreTwins: readonly object[]) {
  return {
    mono: {
      twins,
      corepp_config: newerCore("core_pp", coreTwins),
      coreres_config: null,
      coreaa_config: newerCore("core_aa", coreTwins),
      document_config: null,
      log_config: { level: "info", log_file: "", sentry: null },
    },
  };
}

export function serverConfig(twins: readonly object[], documentTwin: object) {
  return {
    server: {
      user_config: { username: "ada", password: "the-user-password", api_key: "the-api-key", db_config },
      cortex_config: {
        pag: "room",
        sync_rate: "1s",
        duration_threshold: "1s",
        twin_configs: twins,
        db_config,
        log_config,
        name: "core",
        recall: 2,
        range: 2,
        sync_once: false,
      },
      log_config,
      host: "0.0.0.0",
      port: "2580",
      cors_max_age: 3600,
      document_config: documentConfig(documentTwin),
      retrieval_config: {
        api: "openai",
        document_config: documentConfig(documentTwin),
        oai_config: { api_url: "u", api_key: "k", model: "m", max_tokens: 1000, temperature: 0, top_p: 0, n: 2 },
      },
    },
  };
}

export function emotifiedInstances(...esi_vec: readonly (readonly [id: number, state: number[], valence: number])[]) {
  return {
    emotified_instances: { esi_vec: esi_vec.map(([id, state_vec, valence]) => ({ id, state_vec, valence })) },
  };
}
