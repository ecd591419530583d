import type { Limits as WireLimits } from "@eca/contract";
import type { Rate } from "../throttling/rate-limiter.js";
import type { Limits } from "./limits.js";

/** The limits as the wire shows them. */
export function toWireLimits(limits: Limits): WireLimits {
  const { sizes, rates } = limits;
  return {
    body_bytes: limits.bodyBytes,
    login_body_bytes: limits.loginBodyBytes,
    header_bytes: limits.headerBytes,
    header_count: limits.headerCount,
    json_depth: limits.json.depth,
    json_parts: limits.json.parts,
    json_entries: limits.json.entries,
    state_length: sizes.state_length.max,
    aggregate_components: sizes.aggregate_components.max,
    aggregate_text_length: limits.aggregateTextLength.max,
    module_id_length: sizes.module_id_length.max,
    text_length: sizes.text_length.max,
    page_size: sizes.page_size.max,
    prediction_steps: limits.predictionSteps,
    prediction_numbers: limits.predictionNumbers.max,
    reply_text_length: limits.replyTextLength.max,
    prediction_rows: limits.predictionRows,
    kept_reply_seconds: limits.keptReplies.retention / 1000,
    kept_reply_bytes: limits.keptReplies.replyBytes,
    kept_reply_bytes_per_user: limits.keptReplies.userBytes,
    request_seconds: limits.requestTimeout / 1000,
    reply_seconds: limits.replyTimeout / 1000,
    connections: limits.connections,
    live_sockets: limits.liveSockets,
    live_sockets_per_user: limits.liveSocketsPerUser,
    live_bytes_per_second: limits.liveBytesPerSecond ?? null,
    rates: {
      read: toWireRate(rates.read),
      write: toWireRate(rates.write),
      search: toWireRate(rates.search),
      login: toWireRate(rates.login),
      address: toWireRate(rates.address),
    },
  };
}

function toWireRate(rate: Rate | undefined): { calls: number; seconds: number } | null {
  return rate === undefined ? null : { calls: rate.count, seconds: rate.period / 1000 };
}
