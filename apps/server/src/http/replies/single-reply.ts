import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import type { AppRoute } from "@eca/contract";
import type { Response } from "express";
import type { z } from "zod";
import type { KeptReply } from "../../idempotency/service.js";
import type { RowRange } from "../../store/rows.js";
import { rowTag } from "./entity-tag.js";
import { checkedPieces, isLong } from "../../text/json-in-turns.js";
import { jsonWriterFor } from "../../text/json-writer.js";
import type { TimeSlice } from "../../event-loop/time-slice.js";
import { JsonText, toBytesBody } from "./json.js";

/** What a handler answers of one row. */
export interface HandlerReply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly revision?: number;
  readonly rows?: RowRange | undefined;
}

/** The reply as it goes out, checked against the contract. A long one takes several turns of the event loop. */
export async function toSingleReply(
  route: AppRoute,
  { status, body, headers, revision, rows }: HandlerReply,
  timeSlice: TimeSlice,
): Promise<KeptReply> {
  const schema = replySchema(route, status);
  return {
    status,
    headers: revision === undefined ? { ...headers } : { ...headers, etag: rowTag(revision) },
    body: isLong(body) ? await toLongText(schema, body, timeSlice) : jsonWriterFor(schema)(schema.parse(body)),
    rows,
  };
}

async function toLongText(schema: z.ZodType, body: unknown, timeSlice: TimeSlice): Promise<string> {
  let text = "";
  for await (const piece of checkedPieces(schema, body, timeSlice)) text += piece;
  return text;
}

/** Hands a handler's reply to ts-rest, which sends it; a long one as a stream of bytes that are there already. */
export async function sendReply(
  route: AppRoute,
  reply: HandlerReply,
  res: Response,
  timeSlice: TimeSlice,
): Promise<{ status: number; body: JsonText | Readable }> {
  if (!isLong(reply.body)) return sendSingle(await toSingleReply(route, reply, timeSlice));
  const { status, body, headers, revision } = reply;
  const bytes: Buffer[] = [];
  // All of it is checked before the status goes out.
  for await (const piece of checkedPieces(replySchema(route, status), body, timeSlice)) bytes.push(Buffer.from(piece));
  const tag = revision === undefined ? {} : { etag: rowTag(revision) };
  return { status, body: toBytesBody(bytes, res, { ...headers, ...tag }) };
}

/** What the contract says of a route's JSON replies with a status that it has. */
export function replySchema(route: AppRoute, status: number): z.ZodType {
  return (route.responses as Record<number, z.ZodType>)[status] as z.ZodType;
}

/** The one status of success of a route. */
export function successOf(route: AppRoute): number {
  return Number(Object.keys(route.responses).find((status) => Number(status) < 300));
}

/** Hands a reply to ts-rest, which sends it. */
export function sendSingle({ status, headers, body }: KeptReply): { status: number; body: JsonText } {
  return { status, body: new JsonText(body, undefined, headers) };
}

/** SHA-256 of what is asked: the route, its path parameters and the bytes of the body. */
export function hashRequest(route: string, params: unknown, bytes: Uint8Array | undefined): Uint8Array {
  const hash = createHash("sha256").update(JSON.stringify([route, params]));
  // JSON holds no NUL, so that the parts cannot run into one another.
  return hash
    .update("\0")
    .update(bytes ?? "")
    .digest();
}
