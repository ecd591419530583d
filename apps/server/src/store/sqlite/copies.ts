import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { StoreFullError, StoreRefusedError, StoreUnusableError } from "../store.js";
import { Connection } from "./connection.js";
import { ensureFolder, ensurePrivateFile, flushFile, flushFolder } from "./data-folder.js";
import { lockFolder } from "./folder-lock.js";
import { presentVersion } from "./migrate.js";
import type { OnProgress } from "./progress.js";
import { databaseAt, openToRead, requireSound, toUnusable, type Verification, verifyDatabase } from "./verify.js";

/**
 * Copies the database of a data folder into a new file as it is at one moment, while a server may be
 * writing to it: every write that was acknowledged before is in it, and no write is there in part. The
 * copy is read back whole before it gets its name.
 *
 * @param source A data folder, or a file like the one that this makes.
 * @throws StoreRefusedError when the file exists.
 * @throws StoreUnusableError when there is no data, or it is damaged.
 * @throws StoreFullError when there is no room for the copy.
 */
export async function backUp(source: string, file: string, onProgress: OnProgress = () => {}): Promise<Verification> {
  const target = resolve(file);
  requireAbsent(target);
  requireFolder(dirname(target));
  const partial = `${target}.${randomBytes(4).toString("hex")}.partial`;
  return finish(partial, target, async () => {
    await copyDatabase(databaseAt(source), partial, onProgress);
    const verification = verifyDatabase(partial, onProgress);
    requireSound(verification, "the copy");
    requireAbsent(target);
    return verification;
  });
}

/**
 * Makes a data folder of a backup. Nobody is logged in there: a session that was ended after the backup
 * must not come back to life.
 *
 * @param source A backup, or a data folder.
 * @param folder Must be empty, or not there yet.
 * @throws StoreRefusedError when the folder holds something.
 * @throws StoreUnusableError when another server holds the folder, or the backup is damaged.
 * @throws StoreFullError when there is no room for the data.
 */
export async function restore(
  source: string,
  folder: string,
  onProgress: OnProgress = () => {},
): Promise<Verification> {
  const database = databaseAt(source);
  requireEmpty(folder);
  ensureFolder(folder);
  const unlock = lockFolder(folder);
  try {
    requireEmpty(folder);
    const partial = join(folder, partialName);
    rmSync(partial, { force: true });
    return await finish(partial, join(folder, "eca.db"), async () => {
      await copyDatabase(database, partial, onProgress);
      const verification = verifyDatabase(partial, onProgress);
      requireSound(verification, source);
      forgetSessions(partial);
      return verification;
    });
  } finally {
    unlock();
  }
}

/** What a restore that was cut short leaves, and the next one writes over. */
const partialName = "eca.db.partial";

/** What may lie in an empty data folder: the lock, and what file systems put into each of theirs. */
const harmless = new Set([partialName, "eca.lock", "lost+found"]);

function requireEmpty(folder: string): void {
  if (!existsSync(folder)) return;
  const found = readdirSync(folder).find((name) => !harmless.has(name));
  if (found === undefined) return;
  throw new StoreRefusedError(
    `${folder} is not empty: it holds ${found}. Name a folder that is empty, or not there yet.`,
  );
}

function requireFolder(folder: string): void {
  if (existsSync(folder)) return;
  throw new StoreUnusableError(`there is no folder ${folder}; make it, or name a file in another one`);
}

function requireAbsent(file: string): void {
  if (existsSync(file)) throw new StoreRefusedError(`${file} is there already; choose another name`);
}

/** Gives what `write` puts into one file its final name, once it is durable; leaves nothing where it fails. */
async function finish<T>(partial: string, target: string, write: () => Promise<T>): Promise<T> {
  try {
    const result = await write();
    flushFile(partial);
    renameSync(partial, target);
    flushFolder(dirname(target));
    return result;
  } catch (error) {
    for (const suffix of ["", "-journal", "-wal", "-shm"]) rmSync(`${partial}${suffix}`, { force: true });
    throw error;
  }
}

/** How often the progress of a copy is looked at, in milliseconds. */
const copyReportInterval = 250;

/** SQLite's own way to copy a database that others write to: it reads all of it in one transaction. */
async function copyDatabase(source: string, target: string, onProgress: OnProgress): Promise<void> {
  const total = statSync(source).size;
  // A copy has no free pages, so that it may end before it has all of the source's bytes.
  const report = (): void => {
    const done = statSync(target, { throwIfNoEntry: false })?.size ?? 0;
    onProgress({ step: "copying", done, total, unit: "bytes" });
  };
  const timer = setInterval(report, copyReportInterval);
  try {
    ensurePrivateFile(target);
    const connection = openToRead(source);
    try {
      presentVersion(connection, source);
      // Nothing is written to the source, but the setting holds for the copy too.
      connection.exec("PRAGMA query_only = OFF");
      await connection.execOffThread(`VACUUM INTO '${target.replaceAll("'", "''")}'`);
    } finally {
      connection.close();
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

function forgetSessions(path: string): void {
  const connection = new Connection(path);
  try {
    connection.exec("PRAGMA secure_delete = ON; DELETE FROM session");
  } finally {
    connection.close();
  }
}
