import express, { type Express, type Request } from "express";
import "../request/context.js";

/** The strong ETag of a row at a revision. */
export function rowTag(revision: number): string {
  return `"${revision}"`;
}

/** The weak ETag of a list whose module is at a revision. */
export function listTag(revision: number): string {
  return `W/"${revision}"`;
}

/**
 * The ETag of the same content as gzip. Strong ones differ where the bytes do (RFC 9110, section 8.8.3.3); a weak one names
 * both.
 */
export function gzipTag(tag: string): string {
  return tag.startsWith("W/") ? tag : tag.replace(/"$/, '-gzip"');
}

/**
 * The ETag by which an `If-None-Match` header names what is current, strong or weak, compressed or not (RFC 9110,
 * section 13.1.2); undefined where it does not.
 *
 * @param header As the contract lets it through.
 * @param tag The current one, of what is not compressed.
 */
export function currentTag(header: string, tag: string): string | undefined {
  if (header === "*") return tag;
  const opaque = tag.replace(/^W\//, "");
  const named = new Set([...header.matchAll(/"[^"]*"/g)].map(([each]) => each));
  if (named.has(opaque)) return tag;
  return named.has(gzipTag(opaque)) ? gzipTag(tag) : undefined;
}

/**
 * Leaves conditions to the contract: Express by itself would reply 304 to `If-None-Match: *` on every GET
 * of a text, also where a route knows no conditions. Pages outside the contract keep Express's way.
 */
export function useOwnConditions(app: Express): void {
  Object.defineProperty(app.request, "fresh", {
    configurable: true,
    get(this: Request): boolean {
      return this.tsRestRoute === undefined && Reflect.get(express.request, "fresh", this);
    },
  });
}
