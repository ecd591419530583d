import type { Connection, SqlValue } from "../database/connection.js";
import { bytesOfColumns } from "./page-query.js";

/** A context of more bytes of UTF-8 is stored in a table of its own, as migration 0014 says. */
const maxBytesInRow = 1024;

/** The context of an entry, wherever it is stored, to be read by `toText`. */
export const contextOfEntry = `CASE long_context_bytes WHEN 0 THEN context ELSE (
  SELECT CAST(long_context.context AS BLOB) FROM long_context
  WHERE long_context.module_id = sequence.module_id AND long_context.id = sequence.id
) END AS context`;

/** What a row itself keeps of it: of a long one the number of its bytes, which is no text. */
export const shortContext = {
  column: "CASE long_context_bytes WHEN 0 THEN context ELSE long_context_bytes END",
  isWhole: (value: SqlValue | undefined): boolean => typeof value !== "number",
  maxBytes: maxBytesInRow,
};

/** How many bytes it has, for the size of a page. */
export const contextBytes = `${bytesOfColumns("context")} + long_context_bytes`;

/** What a row of `sequence` keeps of its context. */
interface ContextInRow {
  readonly context: string | null;
  /** 0 where the whole context is in the row. */
  readonly longBytes: number;
}

export interface LongContexts {
  /** Puts a context that is long aside, where none is of that entry, and returns what the row keeps. */
  keep(moduleId: string, id: number, context: string | null): ContextInRow;
  /** Removes the one that was kept aside of an entry, if its context was long. */
  remove(moduleId: string, id: number, context: string | null): void;
}

const bytesOf = (context: string | null): number => (context === null ? 0 : Buffer.byteLength(context));

export function longContexts(connection: Connection): LongContexts {
  const put = connection.prepare("INSERT INTO long_context (module_id, id, context) VALUES (?, ?, ?)");
  const remove = connection.prepare("DELETE FROM long_context WHERE module_id = ? AND id = ?");
  return {
    keep: (moduleId, id, context) => {
      const bytes = bytesOf(context);
      if (bytes <= maxBytesInRow) return { context, longBytes: 0 };
      put.run([moduleId, id, context]);
      return { context: null, longBytes: bytes };
    },
    remove: (moduleId, id, context) => {
      if (bytesOf(context) > maxBytesInRow) remove.run([moduleId, id]);
    },
  };
}
