import { isIP } from "node:net";
import { pageLimit, password } from "@eca/contract";
import { z } from "zod";
import type { Rate } from "./rate-limiter.js";

/** A time as settings give it, in milliseconds: `500ms`, `30s`, `15m`, `12h`, `7d`. */
export const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h|d)$/, { error: "must be a number with a unit: 500ms, 30s, 15m, 12h or 7d" })
  .transform((value) => {
    const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[value.replace(/\d+/, "")] ?? 1;
    return Number.parseInt(value, 10) * unit;
  })
  .refine((milliseconds) => milliseconds > 0, { error: "must be longer than zero" });

const size = z
  .string()
  .regex(/^\d+(KiB|MiB|GiB)?$/, { error: "must be a number of bytes, or one with a unit: 512KiB, 8MiB, 2GiB" })
  .transform((value) => {
    const unit = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }[value.replace(/\d+/, "")] ?? 1;
    return Number.parseInt(value, 10) * unit;
  })
  .refine((bytes) => bytes > 0, { error: "must be more than zero" });

const count = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, { error: "must be a whole number above zero" })
  .transform(Number);

const countUpTo = (most: number) => count.refine((value) => value <= most, { error: `must be at most ${most}` });

const serviceUrl = z.string().transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "") return url;
  context.addIssue("must be an http or https address without a user or password, such as https://host/v1");
  return z.NEVER;
});

/** It stands in a header. The message does not repeat it. */
const serviceKey = z.string().regex(/^[!-~]+$/, { error: "must be one word of printable ASCII" });

const port = z
  .string()
  .regex(/^\d{1,5}$/, { error: "must be a port number, 0 to 65535" })
  .transform(Number)
  .refine((value) => value <= 65_535, { error: "must be a port number, 0 to 65535" });

const origins = z.string().transform((value, context) =>
  value
    .split(",")
    .map((origin) => origin.trim())
    .filter((origin) => {
      if (origin === "") return false;
      if (origin !== "*" && !/^https?:\/\/[^/]+$/.test(origin)) {
        context.addIssue(`"${origin}" must be an origin such as https://console.example.org, or *`);
      }
      return true;
    }),
);

/** `5000/1s`: so many in so long a time, all at once or spread over it; `off` for no limit. */
const rate = z
  .string()
  .regex(/^(off|\d{1,9}\/\d+(ms|s|m|h|d))$/, { error: "must be a number of calls in a time, such as 5000/1s, or off" })
  .transform((value, context): Rate | undefined => {
    if (value === "off") return undefined;
    const [count, period] = value.split("/");
    const milliseconds = duration.safeParse(period);
    if (Number(count) > 0 && milliseconds.success) return { count: Number(count), period: milliseconds.data };
    context.addIssue("must allow at least one call, in a time longer than zero");
    return z.NEVER;
  });

const failureRate = rate.transform((value, context): Rate => {
  if (value !== undefined) return value;
  context.addIssue("cannot be off: passwords could be guessed without end");
  return z.NEVER;
});

const networks = z.string().transform((value, context) =>
  value
    .split(",")
    .map((network) => network.trim())
    .filter((network) => {
      if (network === "") return false;
      const [address = "", prefix, ...rest] = network.split("/");
      const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
      const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
      if (bits < 0 || !isPrefix || rest.length > 0) {
        context.addIssue(`"${network}" must be an address or a network such as 10.0.0.0/8 or fd00::/8`);
      }
      return true;
    }),
);

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
  username: {
    variable: "ECA_USERNAME",
    schema: z.string().min(1),
    fallback: "admin",
    meaning: "Name of the administrator that the server makes sure exists.",
  },
  password: {
    variable: "ECA_PASSWORD",
    schema: password.optional(),
    fallback: undefined,
    meaning: "That administrator's password. Without it, the first start generates one and prints it once.",
  },
  logLevel: {
    variable: "ECA_LOG_LEVEL",
    schema: z.enum(logLevels),
    fallback: "info",
    meaning: `Least level to log: ${logLevels.join(", ")}. Successful requests are logged at \`debug\`.`,
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
    meaning: "Largest request body.",
  },
  maxJsonDepth: {
    variable: "ECA_MAX_JSON_DEPTH",
    schema: countUpTo(1000),
    fallback: "32",
    meaning: "How deep arrays and objects of a body may stand in one another.",
  },
  maxStateLength: {
    variable: "ECA_MAX_STATE_LENGTH",
    schema: countUpTo(16_777_216),
    fallback: "65536",
    meaning: "Numbers of the longest state, an aggregate's included.",
  },
  maxModuleIdLength: {
    variable: "ECA_MAX_MODULE_ID_LENGTH",
    schema: countUpTo(512),
    fallback: "256",
    meaning: "Characters of the longest module id; 512 at most.",
  },
  maxTextLength: {
    variable: "ECA_MAX_TEXT_LENGTH",
    schema: countUpTo(100_000_000),
    fallback: "1048576",
    meaning: "Characters of the longest text: a context, an embedding input, a document.",
  },
  maxPageSize: {
    variable: "ECA_MAX_PAGE_SIZE",
    schema: countUpTo(pageLimit.most),
    fallback: String(pageLimit.most),
    meaning: `Rows of the largest page; ${pageLimit.most} at most.`,
  },
  maxConnections: {
    variable: "ECA_MAX_CONNECTIONS",
    schema: countUpTo(1_000_000),
    fallback: "10000",
    meaning: "Connections at the same moment; further ones are closed at once.",
  },
  requestTimeout: {
    variable: "ECA_REQUEST_TIMEOUT",
    schema: duration,
    fallback: "60s",
    meaning: "Longest time for a request to arrive whole.",
  },
  drainDelay: {
    variable: "ECA_DRAIN_DELAY",
    schema: duration.optional(),
    fallback: undefined,
    meaning: "How long a stopping server still takes requests, `/readyz` at 503, so that load balancers notice.",
  },
  drainTimeout: {
    variable: "ECA_DRAIN_TIMEOUT",
    schema: duration,
    fallback: "10s",
    meaning: "Longest wait for requests under way when the server stops.",
  },
  sessionIdle: {
    variable: "ECA_SESSION_IDLE",
    schema: duration,
    fallback: "7d",
    meaning: "A session ends when it was not used for this long.",
  },
  sessionLifetime: {
    variable: "ECA_SESSION_LIFETIME",
    schema: duration,
    fallback: "30d",
    meaning: "A session ends this long after its login, however much it is used.",
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
    meaning: "What the database may grow to; writes beyond are refused with 507. Without it, the disk is the limit.",
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
    meaning: "Entries of the audit log to keep; the oldest ones beyond are deleted.",
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
    meaning: "Comma-separated addresses and networks of reverse proxies whose `X-Forwarded-For` is believed.",
  },
  wsConnections: {
    variable: "ECA_WS_CONNECTIONS",
    schema: count,
    fallback: "1000",
    meaning: "Live sockets that may be open.",
  },
  wsConnectionsPerUser: {
    variable: "ECA_WS_CONNECTIONS_PER_USER",
    schema: count,
    fallback: "100",
    meaning: "Live sockets that one user may have open, with sessions and keys alike.",
  },
  wsPing: {
    variable: "ECA_WS_PING",
    schema: duration,
    fallback: "30s",
    meaning: "Time between two pings of a live socket; one that has not answered by the next is cut off.",
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
    schema: duration,
    fallback: "30s",
    meaning: "Longest wait for that service; then the passages are the answer.",
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
    schema: duration,
    fallback: "10s",
    meaning: "Longest wait for that service; then a question is answered without vectors.",
  },
  searchMemory: {
    variable: "ECA_SEARCH_MEMORY",
    schema: size,
    fallback: "1GiB",
    meaning: "Memory for the search index; modules least recently searched are dropped and rebuilt on demand.",
  },
} as const satisfies Record<string, Setting>;

interface Setting {
  readonly variable: `ECA_${string}`;
  readonly schema: z.ZodType<unknown, string | undefined>;
  readonly fallback: string | undefined;
  readonly meaning: string;
}

/** The validated configuration. Durations are milliseconds, sizes are bytes. */
export type Config = { readonly [Name in keyof typeof settings]: z.output<(typeof settings)[Name]["schema"]> };

/** The environment cannot be understood; the message lists every fault, one a line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads the configuration from an environment. An empty variable counts as absent.
 *
 * @throws ConfigError when a value is invalid or an `ECA_*` variable is unknown.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const known = new Set<string>(Object.values(settings).map((setting) => setting.variable));
  const faults = Object.keys(environment)
    .filter((variable) => variable.startsWith("ECA_") && !known.has(variable))
    .map((variable) => `${variable} is not a setting; known are ${[...known].join(", ")}`);
  const config: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries<Setting>(settings)) {
    const parsed = setting.schema.safeParse(environment[setting.variable] || setting.fallback);
    if (parsed.success) config[name] = parsed.data;
    else faults.push(...parsed.error.issues.map((issue) => `${setting.variable}: ${issue.message}`));
  }
  faults.push(...incompleteServices(environment));
  if (faults.length > 0) throw new ConfigError(faults.join("\n"));
  return config as Config;
}

/** An outside service takes an address and a model; the one without the other is a slip. */
function incompleteServices(environment: Readonly<Record<string, string | undefined>>): string[] {
  return ["ECA_LLM", "ECA_EMBEDDING"].flatMap((service) => {
    const has = (name: string): boolean => Boolean(environment[`${service}_${name}`]);
    if (has("URL")) return has("MODEL") ? [] : [`${service}_MODEL is missing: ${service}_URL needs it`];
    return has("MODEL") || has("KEY")
      ? [`${service}_URL is missing: ${service}_MODEL and ${service}_KEY go with it`]
      : [];
  });
}
