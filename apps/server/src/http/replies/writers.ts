import type { AppRoute } from "@eca/contract";
import type { Reply } from "../../reply.js";
import { createListWriter, type ListWriterOptions } from "./list-writer.js";
import type { ReplyWriter } from "./reply-writer.js";
import { createRowWriter } from "./row-writer.js";
import { createRowsWriter } from "./rows-writer.js";
import { createTextWriter } from "./text-writer.js";

type ReplyWriters = { readonly [Kind in Reply["kind"]]: ReplyWriter<Extract<Reply, { kind: Kind }>> };

/** Writes the replies of a route, each by the writer of its kind. */
export function createReplyWriter(route: AppRoute, options: ListWriterOptions): ReplyWriter<Reply> {
  const writers: ReplyWriters = {
    row: createRowWriter(route, options.timeSlice),
    list: createListWriter(route, options),
    rows: createRowsWriter(route, options),
    text: createTextWriter(route),
  };
  // The kind says which reply it is; TypeScript does not see the two together.
  return (reply, call) => (writers[reply.kind] as ReplyWriter<Reply>)(reply, call);
}
