import type { AppRoute } from "@eca/contract";
import type { TextReply } from "../../reply.js";
import { compressBytes, encodingOf, setEncoding } from "./compression.js";
import { setCommonHeaders } from "./json.js";
import { type ReplyWriter, successOf } from "./reply-writer.js";

/** Writes a text as it is; ts-rest sends it in the media type that the contract names. */
export function createTextWriter(route: AppRoute): ReplyWriter<TextReply> {
  const { status } = successOf(route);
  return async ({ text }, { res }) => {
    setCommonHeaders(res);
    const bytes = Buffer.from(text);
    const encoding = encodingOf(res, bytes.length);
    setEncoding(res, encoding);
    return { status, body: encoding === "gzip" ? await compressBytes(bytes) : bytes };
  };
}
