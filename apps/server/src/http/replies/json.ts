import { Readable } from "node:stream";
import type { Express, Response } from "express";
import { compressBytes, compressStream, encodingOf, setEncoding } from "./compression.js";
import { gzipTag } from "./entity-tag.js";

/** The media type of JSON. */
export const jsonType = "application/json; charset=utf-8";

/** A body that is JSON text already, and the headers that go with it. */
export class JsonText {
  constructor(
    readonly text: string,
    readonly type = jsonType,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}

/** Headers of every reply: nobody may cache, sniff, frame or embed it. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Names and values in turn, which is how Node writes headers without looking them up. */
const securityFields = Object.entries(securityHeaders).flat();

/** Replaces Express's `res.json`, which looks at settings and generates ETags, by one write. */
export function useFastJson(app: Express): void {
  app.response.json = function json(this: Response, body: unknown): Response {
    const { text, type, headers } = body instanceof JsonText ? body : new JsonText(JSON.stringify(body));
    const length = Buffer.byteLength(text);
    const encoding = encodingOf(this, length);
    const isGzip = encoding === "gzip";
    const fields = securityFields.slice();
    fields.push("content-type", type, "x-request-id", this.req.id);
    for (const [name, value] of Object.entries(headers)) {
      fields.push(name, isGzip && name === "etag" ? gzipTag(value) : value);
    }
    // Headers that are set one by one make Node look all of them up.
    if (encoding === "identity" && !this.hasHeader("vary")) fields.push("vary", "Accept-Encoding");
    else setEncoding(this, encoding);
    if (isGzip) sendCompressed(this, fields, text);
    else {
      fields.push("content-length", String(length));
      this.writeHead(this.statusCode, fields);
      this.end(text);
    }
    return this;
  };
}

function sendCompressed(res: Response, fields: readonly string[], text: string): void {
  const { statusCode } = res;
  const send = (bytes: Buffer): void => {
    // The caller may have gone meanwhile.
    if (res.destroyed || res.headersSent) return;
    res.writeHead(statusCode, [...fields, "content-length", String(bytes.length)]);
    res.end(bytes);
  };
  const bytes = compressBytes(Buffer.from(text));
  if (bytes instanceof Promise) void bytes.then(send, (error: unknown) => res.destroy(error as Error));
  else send(bytes);
}

/** Sets the headers of every reply, for those that `res.json` does not send. */
export function setCommonHeaders(res: Response): void {
  res.setHeaders(new Map(Object.entries({ ...securityHeaders, "x-request-id": res.req.id })));
}

/** The body of one long reply, of which all bytes are there: it is read as fast as the caller takes it. */
export function toBytesBody(
  bytes: readonly Buffer[],
  res: Response,
  headers: Readonly<Record<string, string>>,
): Readable {
  setCommonHeaders(res);
  res.setHeaders(new Map(Object.entries({ "content-type": jsonType, ...headers })));
  const length = bytes.reduce((sum, { length }) => sum + length, 0);
  const stream = Readable.from(bytes);
  const reply = compressStream(stream, res);
  if (reply === stream) res.setHeader("content-length", length);
  res.on("close", () => reply.destroy());
  return reply;
}
