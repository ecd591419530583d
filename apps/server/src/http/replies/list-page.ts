import { pageLimit } from "@eca/contract";
import type { List } from "../../lists/list.js";
import type { Pages } from "../../lists/pages.js";
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
  /** Rows of the largest page. */
  readonly pageSize: number;
}

/** What is told of a list: all of it or a page, and the `Link` header that leads on from a page. */
interface ToldList {
  readonly pages: Pages<unknown>;
  readonly link?: string;
}

/**
 * The list whole where the caller named neither limit nor cursor nor order, else the page they ask for.
 *
 * @returns What reads it: the call is looked at before, so that one that is wrong is refused whatever else it asks.
 * @throws DomainError `invalid_cursor`.
 */
export function openList(list: List<unknown>, call: ListCall, { cursors, pageSize }: Paging): () => Promise<ToldList> {
  const { limit, after, order = list.order, ...filters } = call.query;
  if ([limit, after, call.query.order].every((parameter) => parameter === undefined)) {
    return async () => ({ pages: list.all() });
  }
  const name = JSON.stringify([call.path, sorted(call.params), order, sorted(filters)]);
  const page = {
    order,
    limit: limit ?? Math.min(pageLimit.fallback, pageSize),
    ...(after !== undefined && { after: cursors.open(name, after) }),
  };
  return async () => {
    const { parts: pages, next } = await list.page(page);
    if (next === undefined) return { pages };
    return { pages, link: `<${reference(call, cursors.seal(name, next))}>; rel="next"` };
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
