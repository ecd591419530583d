import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { StoreUnusableError } from "../../port/store.js";
import { writeDurably } from "../database/data-folder.js";
import type { OnProgress } from "../database/progress.js";
import type { Verification } from "../maintenance/verify.js";

const sha256 = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** The version of the form in which manifests are written. */
const format = 1;

const manifestContent = z.strictObject({
  format: z.literal(format),
  /** Bytes of the backup. */
  bytes: z.int().min(1),
  /** Of its bytes. */
  sha256,
  schema_version: z.int().min(1),
  /** Of its rows: see `contentDigest`. */
  digest: sha256,
  /** How many rows there are, by table. */
  rows: z.record(z.string(), z.int().min(0)),
  created_at: z.iso.datetime(),
});

/** What is known of a backup, in a file beside it. */
export type BackupManifest = z.output<typeof manifestContent>;

/** The manifest of a backup. */
export function manifestBeside(file: string): string {
  return `${file}.manifest.json`;
}

/** What a file is known by. */
export type FileHash = Pick<BackupManifest, "bytes" | "sha256">;

const windowBytes = 2 ** 20;

/** Hashes the bytes of a file. @throws Error of the file system. */
export async function hashFile(path: string, onProgress: OnProgress = () => {}): Promise<FileHash> {
  const file = await open(path, "r");
  try {
    const { size: total } = await file.stat();
    const hash = createHash("sha256");
    const window = Buffer.allocUnsafe(windowBytes);
    let bytes = 0;
    for (;;) {
      onProgress({ step: "hashing", done: bytes, total, unit: "bytes" });
      const { bytesRead } = await file.read(window, 0, windowBytes, bytes);
      if (bytesRead === 0) return { bytes, sha256: `sha256:${hash.digest("hex")}` };
      hash.update(window.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/**
 * Writes the manifest of a backup; it is durable, and takes the place of another, once this returns.
 *
 * @param file The name that the backup is going to have.
 * @param createdAt Milliseconds since 1970-01-01T00:00:00Z.
 */
export function writeManifest(
  file: string,
  { bytes, sha256 }: FileHash,
  { version, digest, rows }: Verification & { readonly digest: string },
  createdAt: number,
): void {
  const content: BackupManifest = {
    format,
    bytes,
    sha256,
    schema_version: version,
    digest,
    rows: Object.fromEntries(rows),
    created_at: new Date(createdAt).toISOString(),
  };
  const written = { ...content, manifest_sha256: checksumOf(content) };
  writeDurably(manifestBeside(file), `${JSON.stringify(written, null, 2)}\n`);
}

/** Of the manifest itself: one that was damaged must not be taken for that of another backup. */
function checksumOf(content: object): string {
  return `sha256:${createHash("sha256").update(JSON.stringify(content)).digest("hex")}`;
}

/**
 * The manifest of a backup; undefined where there is none.
 *
 * @throws StoreUnusableError where it is damaged, or a newer version has written it.
 */
export function readManifest(file: string): BackupManifest | undefined {
  const path = manifestBeside(file);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new StoreUnusableError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const written = parse(text);
  if (written === undefined) throw damaged(path);
  const { manifest_sha256: checksum, ...content } = written;
  if (checksum !== checksumOf(content)) throw damaged(path);
  if (content["format"] !== format) {
    throw new StoreUnusableError(
      `${path} has format ${String(content["format"])}, this version knows format ${format}: ` +
        "a newer version has written it. Use that version or a newer one.",
    );
  }
  const parsed = manifestContent.safeParse(content);
  if (!parsed.success) throw damaged(path);
  return parsed.data;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function damaged(path: string): StoreUnusableError {
  return new StoreUnusableError(
    `${path} is damaged: it is not as it was written, so that nothing is known of the backup. ` +
      "Take another copy of it, or another backup.",
  );
}

/**
 * Checks that a backup has the bytes that its manifest names.
 *
 * @throws StoreUnusableError that says what both are.
 */
export async function requireBytes(file: string, manifest: FileHash, onProgress: OnProgress): Promise<void> {
  const found = await hashFile(file, onProgress);
  if (found.bytes === manifest.bytes && found.sha256 === manifest.sha256) return;
  throw new StoreUnusableError(
    `${file} is damaged, or ${basename(manifestBeside(file))} belongs to another backup:\n` +
      `  the file has ${found.bytes} bytes, ${found.sha256}\n` +
      `  its manifest says ${manifest.bytes} bytes, ${manifest.sha256}`,
  );
}

/** Checks that a database holds the rows of its manifest, by their digest. @throws StoreUnusableError that says what both are. */
export function requireRows(path: string, { digest }: Verification, manifest: BackupManifest | undefined): void {
  if (manifest === undefined || digest === manifest.digest) return;
  throw new StoreUnusableError(
    `${path} does not hold what its manifest says:\n  its rows have ${digest}\n  the manifest says ${manifest.digest}`,
  );
}
