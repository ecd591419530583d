import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { StoreRefusedError, StoreUnusableError } from "../../port/store.js";
import { databaseIn, ensureFolder, flushFolder } from "../database/data-folder.js";
import { sumsBeside } from "../disk/layout.js";
import { leavePlaceholder } from "../disk/placeholder.js";
import { lockFolder } from "../database/folder-lock.js";
import type { OnProgress } from "../database/progress.js";
import { requireIntact, type Verification } from "../maintenance/verify.js";
import { hashFile, requireRows, writeManifest } from "./manifest.js";
import { runDatabaseTask } from "./run-task.js";
import { type ChecksumVerification, verifyChecksums } from "./verify-checksums.js";

/** A sound database. */
export type SoundCopy = Verification & { readonly digest: string };

/**
 * Copies the database of a data folder into a new file as it is at one moment, while a server may be
 * writing to it: every write that was acknowledged before is in it, and no write is there in part. The
 * copy is read back whole before it gets its name, and its manifest written beside it.
 *
 * @param source A data folder, or a file like the one that this makes.
 * @throws StoreRefusedError when the file exists.
 * @throws StoreUnusableError when there is no data, or it is damaged.
 * @throws StoreFullError when the disk is too full for the copy.
 */
export async function backUp(source: string, file: string, onProgress: OnProgress = () => {}): Promise<SoundCopy> {
  const target = resolve(file);
  requireAbsent(target);
  requireFolder(dirname(target));
  const createdAt = Date.now();
  const { database, manifest } = await verifyChecksums(source, onProgress);
  const partial = `${target}.${randomBytes(4).toString("hex")}.partial`;
  return finish(partial, target, async () => {
    const task = { kind: "copy", source: database, target: partial, asFolder: false } as const;
    const copy = requireDigest(await runDatabaseTask(task, onProgress), "the copy");
    requireRows(source, copy, manifest);
    const hash = await hashFile(partial, onProgress);
    requireAbsent(target);
    // First: what has the name of a backup has a manifest.
    writeManifest(target, hash, copy, createdAt);
    return copy;
  });
}

export interface RestoreOptions {
  /** Whether a backup that has no manifest is restored all the same. */
  readonly withoutManifest?: boolean;
}

/**
 * Makes a data folder of a backup. Nobody is logged in there: a session that was ended after the backup
 * must not come back to life.
 *
 * @param source A backup, or a data folder.
 * @param folder Must be empty, or not there yet.
 * @throws StoreRefusedError when the folder holds something, or the backup has no manifest.
 * @throws StoreUnusableError when another server holds the folder, or the backup is damaged.
 * @throws StoreFullError when the disk is too full for the data.
 */
export async function restore(
  source: string,
  folder: string,
  { withoutManifest = false }: RestoreOptions = {},
  onProgress: OnProgress = () => {},
): Promise<SoundCopy> {
  requireEmpty(folder);
  const checked = await verifyChecksums(source, onProgress);
  if (!withoutManifest) requireManifest(checked);
  ensureFolder(folder);
  const unlock = lockFolder(folder);
  try {
    requireEmpty(folder);
    const partial = join(folder, partialName);
    for (const path of [partial, sumsBeside(partial)]) rmSync(path, { force: true });
    const restored = await finish(partial, databaseIn(folder), async () => {
      const task = { kind: "copy", source: checked.database, target: partial, asFolder: true } as const;
      const copy = requireDigest(await runDatabaseTask(task, onProgress), source);
      requireRows(source, copy, checked.manifest);
      renameSync(sumsBeside(partial), sumsBeside(databaseIn(folder)));
      return copy;
    });
    leavePlaceholder(databaseIn(folder));
    return restored;
  } finally {
    unlock();
  }
}

/**
 * Checks all of a data folder or a backup as it is at one moment, whether a server writes to it or not: first
 * whether it has the bytes that were written, as far as it has checksums; then what `verifyDatabase` checks.
 *
 * @throws StoreUnusableError that says what is wrong.
 */
export async function verify(
  path: string,
  onProgress: OnProgress = () => {},
): Promise<SoundCopy & ChecksumVerification> {
  const checked = await verifyChecksums(path, onProgress);
  const found = await runDatabaseTask({ kind: "verify", path: checked.database }, onProgress);
  const sound = requireDigest(found, path);
  requireRows(path, sound, checked.manifest);
  return { ...sound, ...checked };
}

function requireDigest(verification: Verification, path: string): SoundCopy {
  requireIntact(verification, path);
  const { digest = "" } = verification;
  return { ...verification, digest };
}

/** Data folders have checksums of their own, or none that anybody could ask for. */
function requireManifest({ isFolder, gap }: ChecksumVerification): void {
  if (isFolder || gap === undefined) return;
  throw new StoreRefusedError(
    `${gap}, so that nothing says whether it is what was backed up. Put the manifest beside it; for a backup of a ` +
      "version that made none, say --without-manifest: a value in which a bit was flipped is then restored unseen",
  );
}

/** What a restore that was cut short leaves, and the next one writes over. */
const partialName = "eca.db.partial";

/** What may lie in an empty data folder: the lock, and what file systems put into each of theirs. */
const harmless = new Set([partialName, sumsBeside(partialName), "eca.lock", "lost+found"]);

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

/** Gives what `write` makes durable in one file its final name; leaves nothing where it fails. */
async function finish<T>(partial: string, target: string, write: () => Promise<T>): Promise<T> {
  try {
    const result = await write();
    renameSync(partial, target);
    flushFolder(dirname(target));
    return result;
  } catch (error) {
    for (const suffix of ["", "-journal", "-wal", "-shm", "-sums", "-sums.partial"])
      rmSync(`${partial}${suffix}`, { force: true });
    throw error;
  }
}
