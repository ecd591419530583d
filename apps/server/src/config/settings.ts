import { pageLimit, passwordOfLength } from "@eca/contract";
import { z } from "zod";
import {
  clockConfirmation,
  duration,
  timeout,
  size,
  sizeLimit,
  count,
  countUpTo,
  serviceUrl,
  serviceKey,
  port,
  origins,
  rate,
  failureRate,
  networks,
} from "./setting-values.js";

const logLevels = ["silent", "fatal", "error", "warn", "info", "debug", "trace"] as const;

/** Every setting: the variable it comes from, what it takes, its default and what it means. */
export const settings = {
  host: {
    variable: "ECA_HOST",
    schema: z.string().min(1),
    fallback: "127.0.0.1",
    meaning: "Address to listen on. `0.0.0.0` opens the server to the network.",
  },
  port: {
    variable: "ECA_PORT",
    schema: port,
    fallback: "2580",
    meaning: "Port to listen on; `0` takes a free one.",
  },
  data: {
    variable: "ECA_DATA",
    schema: z.string().min(1),
    fallback: "eca-data",
    meaning: "Folder that holds the data. One process at a time.",
  },
  confirmClock: {
    variable: "ECA_CONFIRM_CLOCK",
    schema: clockConfirmation.optional(),
    fallback: undefined,
    meaning:
      "Until when the system's clock is trusted at a start that finds it more than a day after the newest time in the " +
      "data: a day in UTC such as `2026-11-30`, an instant, or `always`. Without it, such a start fails.",
  },
  username: {
    variable: "ECA_USERNAME",
    schema: z.string().min(1),
    fallback: "admin",
    meaning: "Name of the administrator that the server creates where there is none of this name.",
  },
  password: {
    variable: "ECA_PASSWORD",
    schema: passwordOfLength.optional(),
    fallback: undefined,
    meaning:
      "That administrator's password. Without it, the first start generates one and prints it once. One of the most common passwords is rejected, unless it is theirs already.",
  },
  logLevel: {
    variable: "ECA_LOG_LEVEL",
    schema: z.enum(logLevels),
    fallback: "info",
    meaning: `Minimum level to log: ${logLevels.join(", ")}. Successful requests are logged at \`debug\`.`,
  },
  corsOrigins: {
    variable: "ECA_CORS_ORIGINS",
    schema: origins,
    fallback: "",
    meaning: "Comma-separated origins that browsers may call from, or `*`. Empty: none.",
  },
  bodyLimit: {
    variable: "ECA_BODY_LIMIT",
    schema: size,
    fallback: "8MiB",
    meaning: "Maximum size of a request body.",
  },
  maxJsonDepth: {
    variable: "ECA_MAX_JSON_DEPTH",
    schema: countUpTo(1000),
    fallback: "32",
    meaning: "Maximum nesting of arrays and objects in a body.",
  },
  maxStateLength: {
    variable: "ECA_MAX_STATE_LENGTH",
    schema: countUpTo(16_777_216),
    fallback: "65536",
    meaning: "Maximum length of a state in numbers, an aggregate's included.",
  },
  maxComponents: {
    variable: "ECA_MAX_COMPONENTS",
    schema: countUpTo(16_777_216),
    fallback: "16384",
    meaning: "Maximum number of components of an aggregate.",
  },
  maxModuleIdLength: {
    variable: "ECA_MAX_MODULE_ID_LENGTH",
    schema: countUpTo(512),
    fallback: "256",
    meaning: "Maximum length of a module id in characters; at most 512.",
  },
  maxTextLength: {
    variable: "ECA_MAX_TEXT_LENGTH",
    schema: countUpTo(100_000_000),
    fallback: "262144",
    meaning: "Maximum length of a text in characters: a context, an embedding input, a document.",
  },
  maxPageSize: {
    variable: "ECA_MAX_PAGE_SIZE",
    schema: countUpTo(pageLimit.max),
    fallback: String(pageLimit.max),
    meaning: `Maximum number of rows on a page; at most ${pageLimit.max}.`,
  },
  maxPredictionRows: {
    variable: "ECA_MAX_PREDICTION_ROWS",
    schema: countUpTo(100_000_000),
    fallback: "1000000",
    meaning:
      "Maximum number of newest log entries that a prediction learns from, and all predictions under way together; each takes 160 bytes.",
  },
  maxPredictionNumbers: {
    variable: "ECA_MAX_PREDICTION_NUMBERS",
    schema: countUpTo(100_000_000),
    fallback: "1048576",
    meaning:
      "Maximum count of numbers in all states of a prediction's reply together. Two states of the maximum length are always allowed.",
  },
  maxReplyTextLength: {
    variable: "ECA_MAX_REPLY_TEXT_LENGTH",
    schema: countUpTo(100_000_000),
    fallback: "8388608",
    meaning: "Maximum count of characters in one reply, of the texts behind states and the module ids of twins.",
  },
  maxConnections: {
    variable: "ECA_MAX_CONNECTIONS",
    schema: countUpTo(1_000_000),
    fallback: "10000",
    meaning: "Maximum number of connections at the same moment; further ones are closed at once.",
  },
  requestTimeout: {
    variable: "ECA_REQUEST_TIMEOUT",
    schema: timeout,
    fallback: "60s",
    meaning: "Maximum time for a request to arrive completely.",
  },
  replyTimeout: {
    variable: "ECA_REPLY_TIMEOUT",
    schema: timeout,
    fallback: "60s",
    meaning:
      "Maximum time for which a caller reads nothing of a reply; then its connection is reset. Systems buffer some MB on " +
      "the way, so that a caller who reads less than that in this time may seem to read nothing.",
  },
  drainDelay: {
    variable: "ECA_DRAIN_DELAY",
    schema: timeout.optional(),
    fallback: undefined,
    meaning: "How long a stopping server still accepts requests, with `/readyz` at 503, so that load balancers notice.",
  },
  drainTimeout: {
    variable: "ECA_DRAIN_TIMEOUT",
    schema: timeout,
    fallback: "10s",
    meaning: "Maximum wait for requests under way when the server stops.",
  },
  sessionIdle: {
    variable: "ECA_SESSION_IDLE",
    schema: duration,
    fallback: "7d",
    meaning: "A session ends when it was not used for this long.",
  },
  sessionLifetime: {
    variable: "ECA_SESSION_LIFETIME",
    schema: duration.optional(),
    fallback: undefined,
    meaning: "A session ends this long after its login, however much it is used. Without it, idleness alone ends one.",
  },
  metrics: {
    variable: "ECA_METRICS",
    schema: z.enum(["off", "admin", "reader", "public"]),
    fallback: "admin",
    meaning: "Who may read `/metrics`: nobody, the role `admin`, any login or key, or everybody who reaches the port.",
  },
  dataLimit: {
    variable: "ECA_DATA_LIMIT",
    schema: size.optional(),
    fallback: undefined,
    meaning: "Maximum size of the database; writes beyond it fail with 507. Without it, the disk is the limit.",
  },
  idempotencyRetention: {
    variable: "ECA_IDEMPOTENCY_RETENTION",
    schema: duration,
    fallback: "24h",
    meaning: "How long a repeated call with the same `Idempotency-Key` gets its first reply; then the key is free.",
  },
  dataCheck: {
    variable: "ECA_DATA_CHECK",
    schema: timeout,
    fallback: "24h",
    meaning:
      "After how long a running server compares all data with its checksums again, slowly; the start always does.",
  },
  auditRetention: {
    variable: "ECA_AUDIT_RETENTION",
    schema: duration,
    fallback: "365d",
    meaning: "Entries of the audit log are deleted when they are older than this.",
  },
  auditEntries: {
    variable: "ECA_AUDIT_ENTRIES",
    schema: count,
    fallback: "1000000",
    meaning: "Maximum number of entries of each kind in the audit log; the oldest ones beyond it are deleted.",
  },
  loginFailures: {
    variable: "ECA_LOGIN_FAILURES",
    schema: failureRate,
    fallback: "10/10m",
    meaning: "Failed logins that one name may have from one address; beyond that it waits.",
  },
  loginFailuresAddress: {
    variable: "ECA_LOGIN_FAILURES_ADDRESS",
    schema: failureRate,
    fallback: "100/10m",
    meaning: "Failed logins that one address may have with any names.",
  },
  loginConcurrency: {
    variable: "ECA_LOGIN_CONCURRENCY",
    schema: count,
    fallback: "2",
    meaning: "Passwords checked at the same moment; each takes a thread and 32 MiB. More wait for their turn.",
  },
  rateRead: {
    variable: "ECA_RATE_READ",
    schema: rate,
    fallback: "10000/2s",
    meaning: "Reads that one session or key may make, or `off`.",
  },
  rateWrite: {
    variable: "ECA_RATE_WRITE",
    schema: rate,
    fallback: "10000/2s",
    meaning: "Writes that one session or key may make, or `off`.",
  },
  rateSearch: {
    variable: "ECA_RATE_SEARCH",
    schema: rate,
    fallback: "2000/2s",
    meaning: "Searches, predictions and questions that one session or key may make, or `off`.",
  },
  rateLogin: {
    variable: "ECA_RATE_LOGIN",
    schema: rate,
    fallback: "600/1m",
    meaning: "Logins that may come from one address, right and wrong ones, or `off`.",
  },
  rateAddress: {
    variable: "ECA_RATE_ADDRESS",
    schema: rate,
    fallback: "40000/2s",
    meaning: "Calls of all kinds that may come from one address, or `off`.",
  },
  rateExempt: {
    variable: "ECA_RATE_EXEMPT",
    schema: networks,
    fallback: "127.0.0.0/8,::1",
    meaning: "Comma-separated addresses and networks that no `ECA_RATE_*` limit holds for; the machine itself.",
  },
  trustedProxies: {
    variable: "ECA_TRUSTED_PROXIES",
    schema: networks,
    fallback: "",
    meaning: "Comma-separated addresses and networks of reverse proxies whose `X-Forwarded-For` is trusted.",
  },
  wsConnections: {
    variable: "ECA_WS_CONNECTIONS",
    schema: count,
    fallback: "1000",
    meaning: "Maximum number of open live sockets.",
  },
  wsConnectionsPerUser: {
    variable: "ECA_WS_CONNECTIONS_PER_USER",
    schema: count,
    fallback: "100",
    meaning: "Maximum number of open live sockets of one user, with sessions and keys alike.",
  },
  wsBytesPerSecond: {
    variable: "ECA_WS_BYTES_PER_SECOND",
    schema: sizeLimit,
    fallback: "8MiB",
    meaning: "Bytes that all live sockets of one user are sent in a second, or `off`. Frames beyond are left out.",
  },
  wsPing: {
    variable: "ECA_WS_PING",
    schema: timeout,
    fallback: "30s",
    meaning: "Time between two pings of a live socket; one that has not replied by the next is cut off.",
  },
  llmUrl: {
    variable: "ECA_LLM_URL",
    schema: serviceUrl.optional(),
    fallback: undefined,
    meaning:
      "OpenAI-compatible service whose `/chat/completions` writes the answers of `/retrieval`: `https://host/v1`. " +
      "Without it, the passages found are the answer.",
  },
  llmKey: {
    variable: "ECA_LLM_KEY",
    schema: serviceKey.optional(),
    fallback: undefined,
    meaning: "Key for that service, where it wants one.",
  },
  llmModel: {
    variable: "ECA_LLM_MODEL",
    schema: z.string().min(1).optional(),
    fallback: undefined,
    meaning: "Model of that service; needed with `ECA_LLM_URL`.",
  },
  llmTimeout: {
    variable: "ECA_LLM_TIMEOUT",
    schema: timeout,
    fallback: "30s",
    meaning: "Maximum wait for that service; then the passages are the answer.",
  },
  embeddingUrl: {
    variable: "ECA_EMBEDDING_URL",
    schema: serviceUrl.optional(),
    fallback: undefined,
    meaning:
      "OpenAI-compatible service whose `/embeddings` makes vectors of documents and questions: `https://host/v1`. " +
      "Without it, documents are found by words and times alone.",
  },
  embeddingKey: {
    variable: "ECA_EMBEDDING_KEY",
    schema: serviceKey.optional(),
    fallback: undefined,
    meaning: "Key for that service, where it wants one.",
  },
  embeddingModel: {
    variable: "ECA_EMBEDDING_MODEL",
    schema: z.string().min(1).optional(),
    fallback: undefined,
    meaning: "Model of that service; needed with `ECA_EMBEDDING_URL`.",
  },
  embeddingTimeout: {
    variable: "ECA_EMBEDDING_TIMEOUT",
    schema: timeout,
    fallback: "10s",
    meaning: "Maximum wait for that service; then a question is answered without vectors.",
  },
  searchMemory: {
    variable: "ECA_SEARCH_MEMORY",
    schema: size,
    fallback: "1GiB",
    meaning: "Memory for the search index; modules least recently searched are dropped and rebuilt on demand.",
  },
} as const satisfies Record<string, Setting>;

export interface Setting {
  readonly variable: `ECA_${string}`;
  readonly schema: z.ZodType<unknown, string | undefined>;
  readonly fallback: string | undefined;
  readonly meaning: string;
}
