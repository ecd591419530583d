import { pipeline, type Readable } from "node:stream";
import { promisify } from "node:util";
import { constants, createGzip, gzip, gzipSync, type ZlibOptions } from "node:zlib";
import type { Request, Response } from "express";
import { policyOf } from "../middleware/authenticate.js";
import { gzipTag } from "./entity-tag.js";

/** Replies of more bytes are compressed. A smaller one fits into a packet as it is. */
const minBytes = 1024;

/**
 * Up to so many bytes are compressed at once, in at most some tenths of a millisecond: to hand them to another thread
 * and to wait for it would take longer. More are compressed by the thread pool.
 */
const maxBytesAtOnce = 16_384;

/**
 * The fastest level: on a local network it costs about what it saves, and higher ones save a few per cent more for twice
 * the time. The window is small, as JSON repeats itself soon, so that a list that is read slowly holds 64 KiB for it.
 */
const gzipOptions: ZlibOptions = { level: 1, windowBits: 13, memLevel: 6 };

/** Headers that are remembered: callers send few different ones. */
const maxKnown = 100;
const maxKnownLength = 128;
const known = new Map<string, boolean>();

/** Whether the caller prefers gzip to a reply without coding (RFC 9110, section 12.5.3). */
function acceptsGzip(req: Request): boolean {
  const header = req.headers["accept-encoding"];
  if (typeof header !== "string") return false;
  let accepts = known.get(header);
  if (accepts === undefined) {
    accepts = req.acceptsEncodings("gzip", "identity") === "gzip";
    if (header.length > maxKnownLength) return accepts;
    if (known.size >= maxKnown) known.clear();
    known.set(header, accepts);
  }
  return accepts;
}

/** How a reply goes out that may be compressed. */
export type Encoding = "gzip" | "identity";

/**
 * How a reply is to go out, by its size and the caller's choice; undefined where the caller has none.
 *
 * @param bytes Undefined for a stream, which is long.
 */
export function encodingOf(res: Response, bytes?: number): Encoding | undefined {
  if ((bytes !== undefined && bytes <= minBytes) || holdsSecret(res)) return undefined;
  return acceptsGzip(res.req) ? "gzip" : "identity";
}

/** Sets the headers of an encoding. An `ETag` that was set before is another one as gzip. */
export function setEncoding(res: Response, encoding: Encoding | undefined): void {
  if (encoding === undefined) return;
  res.vary("Accept-Encoding");
  if (encoding === "identity") return;
  res.setHeader("content-encoding", encoding);
  const tag = res.getHeader("etag");
  if (typeof tag === "string") res.setHeader("etag", gzipTag(tag));
}

/** The length of compressed content reveals a secret in it, where an attacker may choose the text beside it (BREACH). */
function holdsSecret({ req }: Response): boolean {
  return req.tsRestRoute !== undefined && policyOf(req.tsRestRoute).secretReply !== undefined;
}

const gzipLater = promisify<Buffer, ZlibOptions, Buffer>(gzip);

/** A whole body as gzip: at once where it is short. */
export function compressBytes(bytes: Buffer): Buffer | Promise<Buffer> {
  return bytes.length <= maxBytesAtOnce ? gzipSync(bytes, gzipOptions) : gzipLater(bytes, gzipOptions);
}

/**
 * A stream as it goes out, compressed where the caller accepts that. Each part goes out when it is there, and the source
 * is read as fast as the caller takes it. It fails where the source fails, and the source is destroyed with it.
 */
export function compressStream(source: Readable, res: Response): Readable {
  const encoding = encodingOf(res);
  setEncoding(res, encoding);
  if (encoding !== "gzip") return source;
  const compressed = createGzip({ ...gzipOptions, flush: constants.Z_SYNC_FLUSH });
  // The caller of the stream listens for its errors.
  pipeline(source, compressed, () => {});
  return compressed;
}
