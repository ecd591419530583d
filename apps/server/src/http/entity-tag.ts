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
