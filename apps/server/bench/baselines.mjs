// What the machine itself can do, in this process and on this disk.
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

/** How often a second 4 KiB can be written over and flushed, one after the other. */
export function flushRate(folder, milliseconds) {
  const file = openSync(join(folder, "flush-rate"), "w");
  const page = Buffer.alloc(4096, 1);
  const pages = 256;
  // Flushing a file that grows takes longer; no log of a database grows at each commit.
  for (let at = 0; at < pages; at++) writeSync(file, page, 0, page.length, at * page.length);
  fdatasyncSync(file);
  let count = 0;
  const begin = performance.now();
  while (performance.now() - begin < milliseconds) {
    writeSync(file, page, 0, page.length, (count % pages) * page.length);
    fdatasyncSync(file);
    count += 1;
  }
  const rate = count / ((performance.now() - begin) / 1000);
  closeSync(file);
  return rate;
}

/**
 * The milliseconds of each of some rounds of reading so many bytes from memory, in 4 MiB pieces as the
 * search index has them, by copying them to a buffer that stays in cache.
 */
export function memoryReads(bytes, rounds) {
  const piece = 2 ** 20;
  const blocks = [];
  for (let left = bytes / 4; left > 0; left -= piece) blocks.push(new Float32Array(Math.min(left, piece)).fill(1));
  const target = new Float32Array(2 ** 14);
  return Array.from({ length: rounds }, () => {
    const begin = performance.now();
    for (const block of blocks) {
      for (let at = 0; at < block.length; at += target.length) target.set(block.subarray(at, at + target.length));
    }
    return performance.now() - begin;
  });
}
