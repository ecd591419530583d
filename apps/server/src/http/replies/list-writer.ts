import type { AppRoute } from "@eca/contract";
import { type ListReply, rowsReply } from "../../reply.js";
import { listTag } from "./entity-tag.js";
import { type ListCall, openList, type Paging } from "./list-page.js";
import { notModifiedOn } from "./not-modified.js";
import type { ReplyCall, ReplyWriter } from "./reply-writer.js";
import { createRowsWriter, type RowsWriterOptions } from "./rows-writer.js";

/** What lists are written with. */
export interface ListWriterOptions extends RowsWriterOptions {
  readonly paging: Paging;
}

/** Writes a list as a JSON array: all of it, or the page that its caller asks for with a `Link` to the next one. */
export function createListWriter(route: AppRoute, { paging, ...options }: ListWriterOptions): ReplyWriter<ListReply> {
  const notModified = notModifiedOn(route);
  const writeRows = createRowsWriter(route, options);
  return async ({ list }, call) => {
    const read = openList(list, toListCall(route, call), paging);
    const tag = list.revision === undefined ? undefined : listTag(list.revision);
    const current = notModified(tag, call);
    if (current !== undefined) return current;
    const { batches, link } = await read();
    if (tag !== undefined) call.res.setHeader("etag", tag);
    if (link !== undefined) call.res.setHeader("link", link);
    return writeRows(rowsReply(batches), call);
  };
}

/** The call as the contract has let it through. */
function toListCall(route: AppRoute, { params, query, req }: ReplyCall): ListCall {
  return { path: req.baseUrl + route.path, pathPrefix: req.pathPrefix, params, query } as ListCall;
}
