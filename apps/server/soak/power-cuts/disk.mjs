// What a disk may hold after a power cut.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * What becomes of the writes that were not flushed when the power went:
 * - `dropped`: none of them is there;
 * - `prefix`: the first ones are there, the next one as far as a sector;
 * - `subset`: any of them, page by page, some torn at a sector;
 * - `kept`: all of them.
 *
 * Whatever was flushed is there in any case.
 */
export const variants = ["dropped", "prefix", "subset", "kept"];

const sector = 512;
const page = 4096;

/** A file, through all its names. */
class Inode {
  /** @type {import("./trace.mjs").FileCall[]} */
  changes = [];
  /** @type {import("./trace.mjs").FileCall[]} */
  flushes = [];
}

/** Everything that was ever done to the files of a folder. */
export class Disk {
  /** What happened to names, in order. */
  #names = [];

  /** @param {import("./trace.mjs").FileCall[]} calls */
  constructor(calls) {
    const current = new Map();
    for (const call of calls) {
      const { kind, path } = call;
      const inode = current.get(path);
      if (kind === "create") {
        const created = new Inode();
        current.set(path, created);
        this.#names.push({ call, apply: (names) => names.set(path, created) });
      } else if (kind === "unlink") {
        current.delete(path);
        this.#names.push({ call, apply: (names) => names.delete(path) });
      } else if (kind === "rename") {
        current.delete(path);
        current.set(call.to, inode);
        this.#names.push({
          call,
          apply: (names) => {
            names.delete(path);
            names.set(call.to, inode);
          },
        });
      } else if (kind === "flushFolder") {
        this.#names.push({ call });
      } else if (kind === "flush") {
        inode.flushes.push(call);
      } else {
        inode.changes.push(call);
      }
    }
  }

  /**
   * Writes a folder as it may be found after a power cut.
   *
   * @param {string} folder Replaced.
   * @param {number} place Of the trace, at which the power went.
   * @param {string} variant One of `variants`.
   * @param {ReturnType<typeof import("../random.mjs").createRandom>} random
   */
  write(folder, place, variant, random) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [path, inode] of this.#namesAt(place, variant, random)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), contentAt(inode, place, variant, random));
    }
  }

  /** Names last as those of the folder when it was flushed, or as they were at the cut, or each either way. */
  #namesAt(place, variant, random) {
    const now = new Map();
    let flushed = new Map();
    for (const { call, apply } of this.#names) {
      if (call.ended > place) break;
      if (apply === undefined) flushed = new Map(now);
      else apply(now);
    }
    if (variant === "dropped") return flushed;
    if (variant !== "subset") return now;
    const either = new Map();
    for (const path of new Set([...now.keys(), ...flushed.keys()])) {
      const inode = random.pick([now, flushed]).get(path);
      if (inode !== undefined) either.set(path, inode);
    }
    return either;
  }
}

function contentAt({ changes, flushes }, place, variant, random) {
  const flushed = Math.max(-1, ...flushes.filter(({ ended }) => ended <= place).map(({ begun }) => begun));
  const open = [];
  const content = new Content();
  for (const change of changes) {
    if (change.begun > place) continue;
    if (change.ended <= flushed) content.apply(change);
    else open.push(change);
  }
  if (variant === "kept") for (const change of open) content.apply(change);
  if (variant === "prefix") applyPrefix(content, open, random);
  if (variant === "subset") for (const change of open) applyInPart(content, change, random);
  return content.bytes;
}

function applyPrefix(content, open, random) {
  const whole = random.below(open.length + 1);
  for (const change of open.slice(0, whole)) content.apply(change);
  const torn = open[whole];
  if (torn?.kind !== "write") return;
  const length = sector * random.below(Math.floor(torn.data.length / sector) + 1);
  content.apply({ ...torn, data: torn.data.subarray(0, length) });
}

function applyInPart(content, change, random) {
  if (change.kind === "resize") {
    if (random.chance(0.5)) content.apply(change);
    return;
  }
  const { offset, data } = change;
  for (let from = 0; from < data.length;) {
    const to = Math.min(data.length, (Math.floor((offset + from) / page) + 1) * page - offset);
    if (random.chance(0.45)) {
      content.apply({ ...change, offset: offset + from, data: data.subarray(from, to) });
    } else if (random.chance(0.2)) {
      const torn = from + sector * random.below(Math.floor((to - from) / sector) + 1);
      content.apply({ ...change, offset: offset + from, data: data.subarray(from, torn) });
    }
    from = to;
  }
}

/** The bytes of a file that grows. */
class Content {
  #buffer = Buffer.alloc(0);
  #length = 0;

  get bytes() {
    return this.#buffer.subarray(0, this.#length);
  }

  apply({ kind, offset, data, length }) {
    if (kind === "resize") {
      this.#reserve(length);
      if (length < this.#length) this.#buffer.fill(0, length, this.#length);
      this.#length = length;
      return;
    }
    this.#reserve(offset + data.length);
    data.copy(this.#buffer, offset);
    this.#length = Math.max(this.#length, offset + data.length);
  }

  #reserve(length) {
    if (length <= this.#buffer.length) return;
    const larger = Buffer.alloc(Math.max(length, 2 * this.#buffer.length));
    this.#buffer.copy(larger);
    this.#buffer = larger;
  }
}
