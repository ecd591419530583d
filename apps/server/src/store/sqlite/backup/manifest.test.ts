import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StoreUnusableError } from "../../port/store.js";
import { hashFile, manifestBeside, readManifest, requireBytes, writeManifest } from "./manifest.js";

let folder: string;
let file: string;

const digest = `sha256:${"a1".repeat(32)}`;
const verification = { version: 9, issues: [], digest, rows: new Map([["ess", 3]]) };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eca-manifest-"));
  file = join(folder, "a.db");
  await writeFile(file, "the bytes of a backup");
  writeManifest(file, await hashFile(file), verification, Date.UTC(2026, 10, 30));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const errorOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof StoreUnusableError) return error.message;
    throw error;
  }
  return "";
};

describe("the manifest of a backup", () => {
  it("has the hash of the file and the digest of its rows", async () => {
    expect(readManifest(file)).toEqual({
      format: 1,
      bytes: 21,
      sha256: "sha256:ec7f658b1889edf115de05526f1f4d94d2947b9fb9b7f69056f67c51610194f7",
      schema_version: 9,
      digest,
      rows: { ess: 3 },
      created_at: "2026-11-30T00:00:00.000Z",
    });
  });

  it("is found damaged with any bit flipped, except in white space", async () => {
    const path = manifestBeside(file);
    const bytes = await readFile(path);
    const sound = readManifest(file);
    let found = 0;
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      await writeFile(path, flipped);
      const text = errorOf(() => expect(readManifest(file)).toEqual(sound));
      if (text === "") continue;
      found += 1;
      expect(text).toContain("a.db.manifest.json is damaged");
    }
    expect(found).toBeGreaterThan(7 * bytes.length);
  });

  it.each(["", "null", "[]", "{}", "{", '"text"', "\u0000"])("is found damaged where it is %j", async (text) => {
    await writeFile(manifestBeside(file), text);
    expect(errorOf(() => readManifest(file))).toContain("a.db.manifest.json is damaged");
  });

  it("is undefined where none was written", () => {
    expect(readManifest(join(folder, "b.db"))).toBeUndefined();
  });

  it("is compared with the file: both are named where they differ", async () => {
    const manifest = readManifest(file)!;
    await requireBytes(file, manifest, () => {});
    await writeFile(file, "the bytes of a backuq");
    const { sha256 } = await hashFile(file);
    const required = requireBytes(file, manifest, () => {});
    await expect(required).rejects.toThrow(StoreUnusableError);
    await expect(required).rejects.toThrow(
      `${file} is damaged, or a.db.manifest.json belongs to another backup:\n` +
        `  the file has 21 bytes, ${sha256}\n  its manifest says 21 bytes, ${manifest.sha256}`,
    );
  });
});
