import { pageLimit } from "@eca/contract";
import { EcaProtocolError } from "./errors.js";
import type { Reply } from "./reply.js";
import type { RequestParts } from "./request.js";

/**
 * The rows of a list, read page by page as they are asked for. Each page is a call of its own, with its own
 * time limit and retries.
 *
 * @throws EcaProtocolError when the server does not page as an ECA server does
 */
export async function* eachRow<Args extends RequestParts>(
  operation: string,
  call: (args: Args) => Promise<Reply>,
  args: Args,
): AsyncGenerator<unknown, void, undefined> {
  // The limit asks for pages. Without any parameter the list would come whole.
  let query: Record<string, unknown> = { ...args.query, limit: args.query?.["limit"] ?? pageLimit.fallback };
  for (;;) {
    const { status, body, headers } = await call({ ...args, query });
    if (!Array.isArray(body)) throw new EcaProtocolError(`${operation}: a page is no list`, status);
    yield* body as unknown[];
    const link = nextReference(headers.link);
    if (link === undefined) return;
    const after = new URLSearchParams(link.split("?")[1]).get("after");
    if (after === null) throw new EcaProtocolError(`${operation}: the link to the next page has no cursor`, status);
    query = { ...query, after };
  }
}

/** The reference of the link with `rel="next"` in a `Link` header (RFC 8288, section 3). */
export function nextReference(header: string | undefined): string | undefined {
  for (const [, reference, parameters = ""] of (header ?? "").matchAll(/<([^>]*)>((?:[^,"]|"[^"]*")*)/g)) {
    const relations = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters);
    if ((relations?.[1] ?? relations?.[2] ?? "").toLowerCase().split(/\s+/).includes("next")) return reference;
  }
  return undefined;
}
