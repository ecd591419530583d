import express, { type Express, type Request } from "express";
import "./context.js";

/** The strong ETag of a row at a revision. */
export function rowTag(revision: number): string {
  return `"${revision}"`;
}

/** The weak ETag of a list whose module is at a revision. */
export function listTag(revision: number): string {
  return `W/"${revision}"`;
}

/**
 * Whether an `If-None-Match` header names this ETag, strong or weak: RFC 9110, section 13.1.2.
 *
 * @param header As the contract lets it through.
 */
export function isCurrent(header: string, tag: string): boolean {
  if (header === "*") return true;
  const opaque = tag.replace(/^W\//, "");
  return [...header.matchAll(/"[^"]*"/g)].some(([each]) => each === opaque);
}

/**
 * Leaves conditions to the contract: Express by itself would answer 304 to `If-None-Match: *` on every GET
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
