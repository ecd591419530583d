// What the machine itself can do, in this process and on this disk.
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const page = Buffer.alloc(4096, 1);

/** How often a second 4 KiB can be written over and flushed, as a log does that has its room already. */
export function overwriteFlushRate(folder, milliseconds) {
  const pages = 256;
  return withFile(folder, (file) => {
    for (let at = 0; at < pages; at++) writeSync(file, page, 0, page.length, at * page.length);
    fdatasyncSync(file);
    return flushRate(file, milliseconds, (count) => (count % pages) * page.length);
  });
}

/** How often a second 4 KiB can be appended to a file and flushed, its new length with them. */
export function appendFlushRate(folder, milliseconds) {
  return withFile(folder, (file) => flushRate(file, milliseconds, (count) => count * page.length));
}

function withFile(folder, use) {
  const path = join(folder, "flush-rate");
  const file = openSync(path, "w");
  try {
    return use(file);
  } finally {
    closeSync(file);
    rmSync(path);
  }
}

function flushRate(file, milliseconds, positionOf) {
  let count = 0;
  const begin = performance.now();
  while (performance.now() - begin < milliseconds) {
    writeSync(file, page, 0, page.length, positionOf(count));
    fdatasyncSync(file);
    count += 1;
  }
  return count / ((performance.now() - begin) / 1000);
}

/**
 * Reads so many bytes from memory, in 4 MiB pieces as the search index has them, by copying them to a
 * buffer that stays in cache: returns a function that does so once and answers the milliseconds.
 */
export function memoryReader(bytes) {
  const piece = 2 ** 20;
  const blocks = [];
  for (let left = bytes / 4; left > 0; left -= piece) blocks.push(new Float32Array(Math.min(left, piece)).fill(1));
  const target = new Float32Array(2 ** 14);
  return () => {
    const begin = performance.now();
    for (const block of blocks) {
      for (let at = 0; at < block.length; at += target.length) target.set(block.subarray(at, at + target.length));
    }
    return performance.now() - begin;
  };
}
