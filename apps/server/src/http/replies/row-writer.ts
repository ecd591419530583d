import type { AppRoute } from "@eca/contract";
import type { Response } from "express";
import type { z } from "zod";
import type { TimeSlice } from "../../event-loop/time-slice.js";
import type { KeptReply } from "../../idempotency/keyed-call.js";
import type { RowReply } from "../../reply.js";
import { checkedPieces, isLong } from "../../text/json-in-turns.js";
import { jsonWriterFor } from "../../text/json-writer.js";
import { rowTag } from "./entity-tag.js";
import { JsonText, toBytesBody } from "./json.js";
import { notModifiedOn } from "./not-modified.js";
import { type ReplyWriter, type SentReply, type Success, successOf } from "./reply-writer.js";

/** Writes one row, or another object of the contract, as JSON. */
export function createRowWriter(route: AppRoute, timeSlice: TimeSlice): ReplyWriter<RowReply> {
  const success = successOf(route);
  const notModified = notModifiedOn(route);
  return async (reply, call) => {
    const tag = reply.revision === undefined ? undefined : rowTag(reply.revision);
    return (
      notModified(tag, call) ??
      (isLong(reply.body)
        ? sendLong(success, reply, { res: call.res, timeSlice })
        : sendKept(await toKeptReply(success, reply, timeSlice)))
    );
  };
}

/** A reply with a row as it goes out, checked against the contract. A long one takes several turns of the event loop. */
export async function toKeptReply(
  { status, schema }: Success,
  reply: RowReply,
  timeSlice: TimeSlice,
): Promise<KeptReply> {
  const { body, written: rows } = reply;
  const text = isLong(body) ? await toLongText(schema, body, timeSlice) : jsonWriterFor(schema)(schema.parse(body));
  return { status, headers: headersOf(reply), body: text, rows };
}

/** Hands a reply to ts-rest, which sends it. */
export function sendKept({ status, headers, body }: KeptReply): SentReply {
  return { status, body: new JsonText(body, undefined, headers) };
}

function headersOf({ headers, revision }: RowReply): Readonly<Record<string, string>> {
  return revision === undefined ? { ...headers } : { ...headers, etag: rowTag(revision) };
}

async function toLongText(schema: z.ZodType, body: unknown, timeSlice: TimeSlice): Promise<string> {
  let text = "";
  for await (const piece of checkedPieces(schema, body, timeSlice)) text += piece;
  return text;
}

/** A long row goes out as a stream of bytes that are there already: all of it is checked before the status goes out. */
async function sendLong(
  { status, schema }: Success,
  reply: RowReply,
  { res, timeSlice }: { readonly res: Response; readonly timeSlice: TimeSlice },
): Promise<SentReply> {
  const bytes: Buffer[] = [];
  for await (const piece of checkedPieces(schema, reply.body, timeSlice)) bytes.push(Buffer.from(piece));
  return { status, body: toBytesBody(bytes, res, headersOf(reply)) };
}
