import type { AppRoute } from "@eca/contract";
import type { TimeSlice } from "../../event-loop/time-slice.js";
import type { RowsReply } from "../../reply.js";
import { turnWriterFor } from "../../text/json-in-turns.js";
import type { RecheckCredential } from "../middleware/authenticate.js";
import { toArrayBody } from "./json-array.js";
import { type ReplyWriter, successOf } from "./reply-writer.js";

/** What a stream of rows is written with. */
export interface RowsWriterOptions {
  readonly recheckCredential: RecheckCredential;
  readonly timeSlice: TimeSlice;
}

/**
 * Writes rows as a JSON array, as fast as the caller reads it. They are not checked against the contract: it would double
 * their cost, and each has the type of a checked one.
 */
export function createRowsWriter(
  route: AppRoute,
  { recheckCredential, timeSlice }: RowsWriterOptions,
): ReplyWriter<RowsReply> {
  const { status, schema } = successOf(route);
  return async ({ batches }, { req, res }) => {
    const write = turnWriterFor(schema, timeSlice);
    return {
      status,
      body: await toArrayBody(batches, res, { write, recheckCredential: () => recheckCredential(req) }),
    };
  };
}
