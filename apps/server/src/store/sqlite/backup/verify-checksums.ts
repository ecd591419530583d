import { existsSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { StoreUnusableError } from "../../port/store.js";
import { databaseIn } from "../database/data-folder.js";
import { type Inspection, inspectFolder } from "../disk/inspect-folder.js";
import { logBeside, sumsBeside } from "../disk/layout.js";
import type { OnProgress } from "../database/progress.js";
import { databaseAt } from "../maintenance/verify.js";
import { type BackupManifest, manifestBeside, readManifest, requireBytes } from "./manifest.js";

/** A database, and what its checksums say of it. */
export interface ChecksumVerification {
  /** Its file. */
  readonly database: string;
  /** Whether it is that of a data folder, and no backup. */
  readonly isFolder: boolean;
  /** Of a backup that has one. */
  readonly manifest: BackupManifest | undefined;
  /** What has no checksums, in a line; undefined where they cover all of it. */
  readonly gap: string | undefined;
}

/**
 * Compares a data folder or a backup with its checksums, without the database engine.
 *
 * @throws StoreUnusableError where it is damaged, or there is none.
 */
export async function verifyChecksums(path: string, onProgress: OnProgress): Promise<ChecksumVerification> {
  const database = databaseAt(path);
  return isInFolder(path, database)
    ? await verifyFolder(path, database, onProgress)
    : await verifyBackup(database, onProgress);
}

/** A backup may have the name of a folder's database, and a folder's database may be named itself. */
function isInFolder(path: string, database: string): boolean {
  if (database !== path) return true;
  return (
    database === databaseIn(dirname(database)) &&
    existsSync(sumsBeside(database)) &&
    !existsSync(manifestBeside(database))
  );
}

async function verifyFolder(path: string, database: string, onProgress: OnProgress): Promise<ChecksumVerification> {
  const found = await inspectFolder(dirname(database), onProgress);
  const issues = issuesOf(found);
  if (issues.length > 0) {
    throw new StoreUnusableError(`${path} is damaged:\n${issues.map((issue) => `  ${issue}`).join("\n")}`);
  }
  return { database, isFolder: true, manifest: undefined, gap: gapOf(path, found) };
}

async function verifyBackup(file: string, onProgress: OnProgress): Promise<ChecksumVerification> {
  const manifest = readManifest(file);
  if (manifest === undefined) {
    return {
      database: file,
      isFolder: false,
      manifest,
      gap: `${file} has no manifest ${basename(manifestBeside(file))}`,
    };
  }
  for (const beside of [logBeside(file), `${file}-journal`]) {
    if ((statSync(beside, { throwIfNoEntry: false })?.size ?? 0) === 0) continue;
    throw new StoreUnusableError(
      `${file} has changes beside it, in ${basename(beside)}, that its manifest does not tell of: another program has ` +
        `opened it. Move ${basename(beside)} away.`,
    );
  }
  await requireBytes(file, manifest, onProgress);
  return { database: file, isFolder: false, manifest, gap: undefined };
}

/** How many pages or frames are named. */
const named = 20;

function issuesOf({ damaged, setAside, foreign, log }: Inspection): string[] {
  const issues: string[] = [];
  if (damaged.length > 0) issues.push(`not as it was written: ${listOf("page", damaged)}`);
  if (setAside.length > 0) {
    const pages = setAside.map(({ page, table }) => (table === undefined ? String(page) : `${page} (${table})`));
    issues.push(`found damaged by a start of the server: ${listOf("page", pages)}`);
  }
  // A log that another program has moved into the database is not lost: the next start sees it so, too.
  const isMoved = log.isMissing && foreign.length > 0;
  if (log.isCut && !isMoved) issues.push("transactions are missing from its write-ahead log, or damaged");
  if (log.restored.size > 0) {
    const frames = listOf("frame", [...log.restored.keys()]);
    issues.push(
      `single bits were flipped in its write-ahead log, which the next start of the server puts right: ${frames}`,
    );
  }
  return issues;
}

/** `page 7`, or `pages 7, 9 and 3 more`. */
function listOf(what: string, numbers: readonly (number | string)[]): string {
  const rest = numbers.length - named;
  const list = numbers.slice(0, named).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
  return `${what}${numbers.length === 1 ? "" : "s"} ${list}`;
}

function gapOf(path: string, { hasSums, unsummed, foreign }: Inspection): string | undefined {
  if (!hasSums) return `${path} has no checksums: the first start of this version makes them`;
  if (foreign.length > 0) {
    return `another program has had ${path} open: ${listOf("page", foreign)} may be its work, and the next start takes what is there for right`;
  }
  if (unsummed.length === 0) return undefined;
  return `checksums of ${path} are damaged or missing: the next start of the server makes them anew`;
}
