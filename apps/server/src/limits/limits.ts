import { maxChainLength, type SizeLimit } from "@eca/contract";
import type { Config } from "../config/config.js";
import type { Rate } from "../throttling/rate-limiter.js";
import { settings } from "../config/settings.js";

/** One limit of what a part of a request may hold, and the setting that it comes from. */
export interface Size {
  readonly max: number;
  /** `ECA_MAX_TEXT_LENGTH`, for texts that say which setting an operator can change. */
  readonly setting: string;
}

/** What a JSON text may hold. */
export interface JsonBounds {
  /** How deep lists and objects may be nested. */
  readonly depth: number;
  /** How many lists, objects and keys there may be. */
  readonly parts: number;
  /** How many values there may be one behind another: about the entries of all lists. */
  readonly entries: number;
}

/** What is kept of replies under an `Idempotency-Key`. */
export interface KeptReplyLimits {
  /** Milliseconds for which a reply is kept. */
  readonly retention: number;
  /** Bytes of one reply of a call that writes nothing: whoever only reads must not fill the disk. */
  readonly replyBytes: number;
  /** Bytes of all such replies that a user may have kept at once; it grows again within the retention. */
  readonly userBytes: number;
}

/** What the server takes. Sizes are bytes, durations are milliseconds, lengths of texts count code points, sums of texts UTF-16 code units. */
export interface Limits {
  readonly bodyBytes: number;
  /** Maximum size of the body of a call without a login, as nobody is accountable for what it costs to read. */
  readonly loginBodyBytes: number;
  /** Request line and headers together. */
  readonly headerBytes: number;
  /** How many headers a request may have. */
  readonly headerCount: number;
  readonly json: JsonBounds;
  readonly sizes: Readonly<Record<SizeLimit, Size>>;
  /** Characters of the module ids and contexts of an aggregate's components together. */
  readonly aggregateTextLength: Size;
  readonly predictionSteps: number;
  /** Numbers of all states of a predicted reply together. */
  readonly predictionNumbers: Size;
  /** Characters of the texts that a reply puts together. */
  readonly replyTextLength: Size;
  /** Rows of logs that predictions learn from, each of them and all that are made at the same moment. */
  readonly predictionRows: number;
  /** What is kept of replies under an `Idempotency-Key`, and for how long. */
  readonly keptReplies: KeptReplyLimits;
  readonly requestTimeout: number;
  /** How long the caller may take nothing of a reply. */
  readonly replyTimeout: number;
  readonly connections: number;
  /** Live sockets, of all users and of each. */
  readonly liveSockets: number;
  readonly liveSocketsPerUser: number;
  /** Bytes that the live sockets of one user are sent in a second; undefined for no limit. */
  readonly liveBytesPerSecond: number | undefined;
  /** Undefined for no limit. */
  readonly rates: Readonly<Record<"read" | "write" | "search" | "login" | "address", Rate | undefined>>;
}

const sizeSettings = {
  text_length: "maxTextLength",
  module_id_length: "maxModuleIdLength",
  state_length: "maxStateLength",
  aggregate_components: "maxComponents",
  page_size: "maxPageSize",
} as const satisfies Record<SizeLimit, keyof Config>;

/** The limits that a configuration sets, and those that nobody has a reason to change. */
export function toLimits(config: Config): Limits {
  const sizeOf = (limit: SizeLimit): Size => {
    const setting = sizeSettings[limit];
    return { max: config[setting], setting: settings[setting].variable };
  };
  return {
    bodyBytes: config.bodyLimit,
    loginBodyBytes: Math.min(config.bodyLimit, 16_384),
    headerBytes: 16_384,
    headerCount: 1000,
    json: {
      depth: config.maxJsonDepth,
      parts: 10_000,
      // An aggregate has its state, and seven lists with an entry a component.
      entries: config.maxStateLength + 7 * config.maxComponents + 10_000,
    },
    sizes: {
      text_length: sizeOf("text_length"),
      module_id_length: sizeOf("module_id_length"),
      state_length: sizeOf("state_length"),
      aggregate_components: sizeOf("aggregate_components"),
      page_size: sizeOf("page_size"),
    },
    // The row of an aggregate repeats the texts of its components: it must not be longer than what it is made of.
    aggregateTextLength: sizeOf("text_length"),
    predictionSteps: maxChainLength,
    // Two states, the current and the next one, are the least that can be asked for.
    predictionNumbers: {
      max: Math.max(config.maxPredictionNumbers, 2 * config.maxStateLength),
      setting: settings.maxPredictionNumbers.variable,
    },
    replyTextLength: { max: config.maxReplyTextLength, setting: settings.maxReplyTextLength.variable },
    predictionRows: config.maxPredictionRows,
    keptReplies: { retention: config.idempotencyRetention, replyBytes: 2 ** 20, userBytes: 2 ** 26 },
    requestTimeout: config.requestTimeout,
    replyTimeout: config.replyTimeout,
    connections: config.maxConnections,
    liveSockets: config.wsConnections,
    liveSocketsPerUser: config.wsConnectionsPerUser,
    liveBytesPerSecond: config.wsBytesPerSecond,
    rates: {
      read: config.rateRead,
      write: config.rateWrite,
      search: config.rateSearch,
      login: config.rateLogin,
      address: config.rateAddress,
    },
  };
}
