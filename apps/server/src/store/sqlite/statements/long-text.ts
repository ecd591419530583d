import { decodeUtf8 } from "../../../text/decode-utf8.js";
import type { SqlValue } from "../database/connection.js";

/** Up to so many bytes the driver hands a text over in less time than it takes to ask for its bytes. */
const maxBytesAsText = 2 ** 14;

/** Selects a column of texts that may be long, to be read by `toText`. */
export function longText(column: string): string {
  return `CASE WHEN octet_length(${column}) > ${maxBytesAsText} THEN CAST(${column} AS BLOB) ELSE ${column} END`;
}

/** A text that was selected by `longText`. The driver takes some times longer to decode a long one. */
export function toText(value: SqlValue | undefined): string {
  return value instanceof Uint8Array ? decodeUtf8(value) : (value as string);
}

/** The same of a column that may be null. */
export function toTextOrNull(value: SqlValue | undefined): string | null {
  return value === null ? null : toText(value);
}
