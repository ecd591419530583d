import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { DiskUsage } from "../../port/store.js";
import type { Connection } from "./connection.js";

/**
 * Returns a function that reads what a database takes, its log included, and what it can grow by: what its
 * file system has left for a user without privileges, or less where `maxBytes` bounds the database.
 */
export function diskUsageOf(
  connection: Connection,
  path: string,
  maxBytes: number | undefined,
): () => Promise<DiskUsage> {
  const pragma = (name: string): number => Number(connection.value(`PRAGMA ${name}`));
  return async () => {
    const inUse = (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
    const [database, log, fileSystem] = await Promise.all([sizeOf(path), sizeOf(`${path}-wal`), statfs(dirname(path))]);
    const free = fileSystem.bavail * fileSystem.bsize;
    const left = maxBytes === undefined ? free : Math.max(0, maxBytes - inUse);
    return { used: database + log, free: Math.min(free, left) };
  };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    // The log comes with the first write.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
