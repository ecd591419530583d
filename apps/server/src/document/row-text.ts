import { createHash } from "node:crypto";
import { createTextOf } from "../embedding/service.js";
import type { DocumentRow, DocumentSource } from "../store/port/rows.js";
import type { Reader } from "../store/port/store.js";
import { formatEss, formatSequence } from "./format-row.js";

/** A row of which a document can be made. */
export type SourceRow = Pick<DocumentSource, "kind" | "module_id" | "id">;

/** What a row says in plain words, as it is now; undefined where it is gone. */
export async function rowText(
  reader: Reader,
  { kind, module_id: moduleId, id }: SourceRow,
): Promise<string | undefined> {
  const textOf = createTextOf(reader);
  if (kind === "ess") {
    const row = await reader.ess(moduleId, id);
    return row && formatEss(row, textOf);
  }
  const entry = await reader.sequence(moduleId, id);
  const row = entry && (await reader.ess(moduleId, entry.instance_id));
  return entry && row && formatSequence(entry, row, textOf);
}

/** By which what a row says is compared: SHA-256. */
export function digestOf(text: string): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(text).digest());
}

/** Whether a row that says this now has said the same when its document was last written. */
export function isUnchanged(document: DocumentRow, text: string): boolean {
  const { digest } = document.source ?? { digest: undefined };
  if (digest === undefined || digest.length === 0) return document.text === text;
  return Buffer.compare(digest, digestOf(text)) === 0;
}

/**
 * What a document is to be quoted with. A caller's own text is as they wrote it. A document that was made of a row
 * stands for the row: where that says something else since, it is what the row says now, and undefined where the row
 * is gone.
 */
export async function currentText(reader: Reader, document: DocumentRow): Promise<string | undefined> {
  if (document.source === null) return document.text;
  const now = await rowText(reader, document.source);
  return now !== undefined && isUnchanged(document, now) ? document.text : now;
}
