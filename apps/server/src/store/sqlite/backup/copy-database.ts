import { statSync } from "node:fs";
import { StoreFullError, StoreUnusableError } from "../../port/store.js";
import { Connection } from "../database/connection.js";
import { ensurePrivateFile, flushFile } from "../database/data-folder.js";
import { adoptDatabase } from "../disk/prepare-database.js";
import { isLogKnown } from "../disk/placeholder.js";
import { closeSettled } from "../disk/settle.js";
import { presentVersion } from "../database/migrate.js";
import type { OnProgress } from "../database/progress.js";
import { openToRead, requireIntact, toUnusable, type Verification, verifyDatabase } from "../maintenance/verify.js";
import type { DatabaseTask } from "./database-task.js";

/**
 * Copies a database as it is at one moment, reads the copy back whole and makes it durable.
 *
 * @throws StoreUnusableError where the source is damaged; StoreFullError where the disk is too full for the copy.
 */
export async function copyDatabase(
  { source, target, asFolder }: DatabaseTask & { readonly kind: "copy" },
  onProgress: OnProgress,
): Promise<Verification> {
  await vacuumInto(source, target, onProgress);
  const verification = verifyDatabase(target, onProgress);
  requireIntact(verification, asFolder ? source : "the copy");
  if (asFolder) await makeFolders(target);
  flushFile(target);
  return verification;
}

/** How often the progress of a copy is looked at, in milliseconds. */
const copyReportInterval = 250;

/** SQLite's own way to copy a database that others write to: it reads all of it in one transaction. */
async function vacuumInto(source: string, target: string, onProgress: OnProgress): Promise<void> {
  const total = statSync(source).size;
  // A copy has no free pages, so that it may end before it has all of the source's bytes.
  const report = (): void => {
    const done = statSync(target, { throwIfNoEntry: false })?.size ?? 0;
    onProgress({ step: "copying", done, total, unit: "bytes" });
  };
  const timer = setInterval(report, copyReportInterval);
  try {
    ensurePrivateFile(target);
    const isKnown = isLogKnown(source);
    const connection = openToRead(source);
    try {
      presentVersion(connection, source);
      // Nothing is written to the source, but the setting holds for the copy too.
      connection.exec("PRAGMA query_only = OFF");
      await connection.execOffThread(`VACUUM INTO '${target.replaceAll("'", "''")}'`);
    } finally {
      await closeSettled(connection, source, isKnown);
    }
  } catch (error) {
    if (error instanceof StoreFullError) throw new StoreFullError(`there is no room for ${target}`, { cause: error });
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EACCES" || code === "EROFS") {
      throw new StoreUnusableError(`${target} cannot be written: ${(error as Error).message}`, { cause: error });
    }
    throw toUnusable(error, source);
  } finally {
    clearInterval(timer);
  }
}

/** Makes a copy the database of a data folder, with checksums of its pages beside it. */
async function makeFolders(path: string): Promise<void> {
  const connection = new Connection(path);
  try {
    connection.exec("PRAGMA secure_delete = ON; DELETE FROM session; PRAGMA journal_mode = WAL");
  } finally {
    connection.close();
  }
  await adoptDatabase(path);
}
