import type { List } from "./lists/list.js";
import type { RowBatches } from "./lists/row-batches.js";
import type { RowRange } from "./store/port/rows.js";

/** One row, or another object of the contract. */
export interface RowReply<Body = unknown> extends RowDetails {
  readonly kind: "row";
  readonly body: Body;
}

/** What is known of a reply beside its body. */
interface RowDetails {
  /** The revision that the row is at; it becomes the `ETag`. */
  readonly revision?: number;
  /** What the wire's bodies have no key for. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The rows that the call wrote, where the body is not one row itself: see `RoutePolicy.row`. */
  readonly written?: RowRange | undefined;
}

/** A list that its callers may ask for page by page. */
export interface ListReply<Item = unknown> {
  readonly kind: "list";
  readonly list: List<Item>;
}

/** Rows that are returned all, as they are read. */
export interface RowsReply<Item = unknown> {
  readonly kind: "rows";
  readonly batches: RowBatches<Item>;
}

/** A text in a media type of its own, which the contract names. */
export interface TextReply {
  readonly kind: "text";
  readonly text: string;
}

/** What a handler returns. Each kind has its writer in `http/replies/`; the status is the contract's. */
export type Reply = RowReply | ListReply | RowsReply | TextReply;

/** Replies with one row, or another object of the contract. */
export function rowReply<Body>(body: Body, details: RowDetails = {}): RowReply<Body> {
  return { kind: "row", body, ...details };
}

/** Replies with a list: whole, or the page of it that the caller asks for. */
export function listReply<Item>(list: List<Item>): ListReply<Item> {
  return { kind: "list", list };
}

/** Replies with all of these rows, as they are read. */
export function rowsReply<Item>(batches: RowBatches<Item>): RowsReply<Item> {
  return { kind: "rows", batches };
}

/** Replies with a text. */
export function textReply(text: string): TextReply {
  return { kind: "text", text };
}
