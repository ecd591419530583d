import type { Limits as WireLimits } from "@eca/contract";
import type { Rate } from "../throttling/rate-limiter.js";
import type { Limits } from "./limits.js";

/** The limits as they are told on the wire. */
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
    state_length: sizes.state_length.most,
    aggregate_components: sizes.aggregate_components.most,
    aggregate_text_length: limits.aggregateTextLength.most,
    module_id_length: sizes.module_id_length.most,
    text_length: sizes.text_length.most,
    page_size: sizes.page_size.most,
    prediction_steps: limits.predictionSteps,
    prediction_numbers: limits.predictionNumbers.most,
    reply_text_length: limits.replyTextLength.most,
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
