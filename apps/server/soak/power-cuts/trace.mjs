// Reads what strace recorded of a server: what it did to the files of a folder, and which requests it took and answered.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** The calls that change files, flush them, or speak to callers. */
const calls =
  "open,openat,creat,write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate,unlink,unlinkat," +
  "rename,renameat,renameat2,link,linkat,fsync,fdatasync,read,recvfrom,sendto,sendmsg";

/**
 * The command that records a server into a file, before the server's own command. By `-D` the process that is
 * started is the server, so that signals reach it.
 */
export const recorder = (file) =>
  `strace -D -f --seccomp-bpf -y -xx -s 16777216 -e trace=${calls} -e signal=none -o`.split(" ").concat(file);

/**
 * One call. Places are lines of the trace: strace sees a call's end before the thread goes on, so that whatever
 * ended at a lower place happened before.
 *
 * @typedef {object} FileCall
 * @property {"create" | "write" | "resize" | "flush" | "flushFolder" | "unlink" | "rename"} kind
 * @property {string} path Below the folder.
 * @property {number} begun
 * @property {number} ended
 * @property {number} [offset] Of a write.
 * @property {Buffer} [data] Of a write.
 * @property {number} [length] Of a resize.
 * @property {string} [to] Of a rename.
 *
 * @typedef {object} Trace
 * @property {FileCall[]} calls In the order of their ends.
 * @property {Map<string, number>} begun When the server had read a request, by its `X-Request-Id`.
 * @property {Map<string, number>} answered When it began to write the answer.
 * @property {number} last The last place.
 */

/**
 * @param {string} file What the recorder wrote.
 * @param {string} folder The data folder; it was empty when the server began.
 * @returns {Promise<Trace>}
 */
export async function readTrace(file, folder) {
  const trace = { calls: [], begun: new Map(), answered: new Map(), last: 0 };
  const reader = new TraceReader(trace, folder);
  const unfinished = new Map();
  let place = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    place += 1;
    const space = line.indexOf(" ");
    const thread = line.slice(0, space);
    const text = line.slice(space + 1).trimStart();
    if (text.endsWith("<unfinished ...>")) {
      unfinished.set(thread, { begun: place, text: text.slice(0, -"<unfinished ...>".length) });
    } else if (text.startsWith("<... ")) {
      const first = unfinished.get(thread);
      unfinished.delete(thread);
      const rest = text.slice(text.indexOf(" resumed>") + " resumed>".length);
      reader.take(first.text + rest, first.begun, place);
    } else {
      reader.take(text, place, place);
    }
  }
  trace.last = place;
  return trace;
}

class TraceReader {
  #trace;
  #folder;
  /** The files that are there. */
  #files = new Set();
  /** Where the next `write` of a descriptor goes, as these files are appended to. */
  #lengths = new Map();
  #takers = {
    ...sameFor("open openat creat", (call) => this.#open(call)),
    ...sameFor("read recvfrom", (call) => this.#request(call)),
    ...sameFor("write writev sendto sendmsg", (call) => this.#write(call)),
    ...sameFor("pwrite64", (call) => this.#writeAt(call)),
    ...sameFor("ftruncate", (call) => this.#resize(call)),
    ...sameFor("fsync fdatasync", (call) => this.#flush(call)),
    ...sameFor("unlink unlinkat", (call) => this.#unlink(call)),
    ...sameFor("rename renameat renameat2", (call) => this.#rename(call)),
  };

  constructor(trace, folder) {
    this.#trace = trace;
    this.#folder = folder;
  }

  take(text, begun, ended) {
    const [, name, args, result] = /^(\w+)\((.*)\)\s+= (-?\d+)/s.exec(text) ?? [];
    if (name === undefined || Number(result) < 0) return;
    const take = this.#takers[name];
    if (take !== undefined) take({ args, text, result: Number(result), at: { begun, ended } });
    else if (args.includes(toHex(this.#folder))) throw new Error(`${name} on a file of the data: nothing replays it`);
  }

  /** The place of a path in the folder; undefined for others and for what is only in memory. */
  #inside(path) {
    if (path === undefined || !path.startsWith(`${this.#folder}/`) || path.endsWith("-shm")) return undefined;
    return path.endsWith(" (deleted)") ? undefined : path.slice(this.#folder.length + 1);
  }

  #add(call, { begun, ended }) {
    this.#trace.calls.push({ ...call, begun, ended });
  }

  #open({ args, text, at }) {
    const path = this.#inside(descriptorPath(text.slice(text.lastIndexOf(" = ") + 3)));
    if (path === undefined || /O_DIRECTORY/.test(args)) return;
    if (!this.#files.has(path)) {
      this.#files.add(path);
      this.#lengths.set(path, 0);
      this.#add({ kind: "create", path }, at);
    } else if (/O_TRUNC/.test(args)) {
      this.#lengths.set(path, 0);
      this.#add({ kind: "resize", path, length: 0 }, at);
    }
  }

  #request({ args, at }) {
    if (!isSocket(args)) return;
    const text = contentOf(args).toString("latin1");
    for (const [, id] of text.matchAll(/\r\nx-request-id: (\S+)\r\n/gi)) this.#trace.begun.set(id, at.ended);
  }

  #write({ args, result, at }) {
    if (isSocket(args)) {
      const text = contentOf(args).toString("latin1");
      for (const [, id] of text.matchAll(/\r\nx-request-id: (\S+)\r\n/gi)) this.#trace.answered.set(id, at.begun);
      return;
    }
    const path = this.#inside(descriptorPath(args));
    if (path === undefined) return;
    const offset = this.#lengths.get(path);
    this.#lengths.set(path, offset + result);
    this.#add({ kind: "write", path, offset, data: contentOf(args).subarray(0, result) }, at);
  }

  #writeAt({ args, result, at }) {
    const path = this.#inside(descriptorPath(args));
    if (path === undefined) return;
    const offset = Number(args.slice(args.lastIndexOf(",") + 1));
    this.#add({ kind: "write", path, offset, data: contentOf(args).subarray(0, result) }, at);
  }

  #resize({ args, at }) {
    const path = this.#inside(descriptorPath(args));
    const length = Number(args.slice(args.lastIndexOf(",") + 1));
    if (path !== undefined) this.#add({ kind: "resize", path, length }, at);
  }

  #flush({ args, at }) {
    const whole = descriptorPath(args);
    if (whole === this.#folder) this.#add({ kind: "flushFolder", path: "" }, at);
    const path = this.#inside(whole);
    if (path !== undefined) this.#add({ kind: "flush", path }, at);
  }

  #unlink({ args, at }) {
    const path = this.#inside(stringsOf(args)[0]);
    if (path === undefined || !this.#files.delete(path)) return;
    this.#add({ kind: "unlink", path }, at);
  }

  #rename({ args, at }) {
    const [from, to] = stringsOf(args);
    const path = this.#inside(from);
    if (path === undefined) return;
    const target = this.#inside(to);
    this.#files.delete(path);
    this.#files.add(target);
    this.#lengths.set(target, this.#lengths.get(path));
    this.#add({ kind: "rename", path, to: target }, at);
  }
}

const sameFor = (names, take) => Object.fromEntries(names.split(" ").map((name) => [name, take]));

const toHex = (text) => [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");

const fromHex = (text) => Buffer.from(text.replaceAll("\\x", ""), "hex");

/** Of `7<\x2f\x74...>`. */
function descriptorPath(text) {
  const [, hex] = /^\d+<((?:\\x[0-9a-f]{2})*)>/.exec(text) ?? [];
  return hex === undefined ? undefined : fromHex(hex).toString();
}

const isSocket = (args) => descriptorPath(args)?.startsWith("socket:") === true;

const quoted = /"((?:\\x[0-9a-f]{2})*)"/g;

const stringsOf = (args) => Array.from(args.matchAll(quoted), ([, hex]) => fromHex(hex).toString());

const contentOf = (args) => Buffer.concat(Array.from(args.matchAll(quoted), ([, hex]) => fromHex(hex)));
