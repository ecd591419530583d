import { pageLimit } from "@eca/contract";
import type { List } from "../../lists/list.js";
import type { RowBatches } from "../../lists/row-batches.js";
import type { Order } from "../../store/port/store.js";
import type { Cursors } from "./cursor.js";

/** The call of a list. */
export interface ListCall {
  /** The route's path with its parameters' names: `/v1/sequence/:module_id`. */
  readonly path: string;
  /** The path that a proxy puts the server below. */
  readonly pathPrefix?: string | undefined;
  readonly params: Readonly<Record<string, string | number>>;
  /** As the contract's `listQuery`, or an extension of it, has let it through. */
  readonly query: ListParameters & Readonly<Record<string, string | number | undefined>>;
}

interface ListParameters {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly order?: Order | undefined;
}

/** What pages are made with. */
export interface Paging {
  readonly cursors: Cursors;
  /** Maximum number of rows on a page. */
  readonly pageSize: number;
}

/** The rows to send: all of a list or a page, and the `Link` header that leads on from a page. */
interface OpenedList {
  readonly batches: RowBatches<unknown>;
  readonly link?: string;
}

/**
 * The list whole where the caller named neither limit nor cursor nor order, else the page they ask for.
 *
 * @returns A function that reads it. The call is validated before, so that an invalid one is rejected whatever else it asks.
 * @throws DomainError `invalid_cursor`.
 */
export function openList(
  list: List<unknown>,
  call: ListCall,
  { cursors, pageSize }: Paging,
): () => Promise<OpenedList> {
  const { limit, after, order = list.order, ...filters } = call.query;
  if ([limit, after, call.query.order].every((parameter) => parameter === undefined)) {
    return async () => ({ batches: list.all() });
  }
  const name = JSON.stringify([call.path, sorted(call.params), order, sorted(filters)]);
  const page = {
    order,
    limit: limit ?? Math.min(pageLimit.fallback, pageSize),
    ...(after !== undefined && { after: cursors.open(name, after) }),
  };
  return async () => {
    const { parts: batches, next } = await list.page(page);
    if (next === undefined) return { batches };
    return { batches, link: `<${reference(call, cursors.seal(name, next))}>; rel="next"` };
  };
}

function sorted(values: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** The same call with another cursor, as an absolute path (RFC 3986, section 4.2). */
function reference({ path, pathPrefix = "", params, query }: ListCall, after: string): string {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, after })) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return `${pathPrefix}${filled}?${parameters.toString()}`;
}
