/** Limits of what the parts of a request may hold, which a server's configuration sets; named as `GET /limits` lists them. */
export const sizeLimits = [
  "text_length",
  "module_id_length",
  "state_length",
  "aggregate_components",
  "page_size",
] as const;
export type SizeLimit = (typeof sizeLimits)[number];

/** Metadata of a schema: the limit that what it describes is under. The server checks it on every route. */
export function limitedBy(limit: SizeLimit): { readonly [limitKey]: SizeLimit } {
  return { [limitKey]: limit };
}

/** Where a schema, and so the OpenAPI document, names the limit. */
export const limitKey = "x-eca-limit";
