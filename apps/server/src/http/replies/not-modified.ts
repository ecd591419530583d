import { type AppRoute, notModifiedStatus } from "@eca/contract";
import { currentTag } from "./entity-tag.js";
import { setCommonHeaders } from "./json.js";
import type { ReplyCall, SentReply } from "./reply-writer.js";

/** The reply to a caller who has what is current; undefined for all others. */
export type NotModified = (tag: string | undefined, call: ReplyCall) => SentReply | undefined;

/** Compares the tag of what a route would return with those that its callers have, where the route takes them. */
export function notModifiedOn(route: AppRoute): NotModified {
  if (route.method !== "GET" || !("if-none-match" in (route.headers ?? {}))) return () => undefined;
  return (tag, { req, res }) => {
    const known = req.headers["if-none-match"];
    const current = known !== undefined && tag !== undefined ? currentTag(known, tag) : undefined;
    if (current === undefined) return undefined;
    setCommonHeaders(res);
    res.setHeader("etag", current);
    res.vary("Accept-Encoding");
    return { status: notModifiedStatus, body: undefined };
  };
}
