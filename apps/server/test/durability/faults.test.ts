import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addModule } from "../../src/store/conformance/contents.fixture.js";
import { expectWhole, readModule } from "./audit.fixture.js";
import { openBuiltStore, startChild } from "./built-store.fixture.js";
import { canTrace } from "./strace.fixture.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eca-faults-"));
  const store = await openBuiltStore(folder);
  await store.transact((tx) => addModule(tx, "m"));
  await store.close();
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const entries = 88;

/** Runs the writer while some system calls on some files of the data folder fail. */
async function write(
  files: readonly string[],
  fault: string,
  ...more: readonly string[]
): Promise<Map<number, string>> {
  const trace = join(folder, "trace");
  const paths = files.flatMap((file) => ["-P", join(folder, file)]);
  const outcomes = await writeBehind(["strace", "-f", "-o", trace, ...paths, "-e", `inject=${fault}`, ...more]);
  expect(await readFile(trace, "utf8")).toContain("(INJECTED)");
  return outcomes;
}

/** Runs the writer behind a command; answers what became of each entry. */
async function writeBehind(wrapper: readonly string[]): Promise<Map<number, string>> {
  const { lines, code, errors } = await startChild("fault-writer.mjs", [folder], wrapper).ended();
  expect({ code, errors: errors.replaceAll(/^strace: .*\n/gm, "") }).toEqual({ code: 0, errors: "" });
  return new Map(lines.map((line) => [Number(line.split(" ")[0]), line.split(" ")[1]!]));
}

/** What was kept is there, in the order it was written, and nothing else is. */
async function expectAsTold(outcomes: ReadonlyMap<number, string>): Promise<void> {
  const store = await openBuiltStore(folder);
  const data = await readModule(store, (await store.module("m"))!);
  await expectWhole(store, data);
  const kept = [...outcomes].filter(([, outcome]) => outcome === "kept").map(([number]) => number);
  expect(data.sequence.map(({ context }) => Number(context!.split(" ")[0]))).toEqual(kept);
  await store.close();
}

/** strace counts the calls of each thread by itself, and commits may change threads: they may fail in two places. */
function expectServedAgain(outcomes: ReadonlyMap<number, string>): void {
  const told = [...outcomes.values()];
  const kept = told.filter((outcome) => outcome === "kept");
  expect(kept.length).toBeGreaterThan(entries / 4);
  expect(told.slice(told.findIndex((outcome) => outcome !== "kept"))).toContain("kept");
}

// Making system calls fail takes strace, which is on Linux alone and not on every machine; CI installs it.
describe.skipIf(!canTrace)("when the system fails", () => {
  it.each([
    ["there is no room for the log", "pwrite64:error=ENOSPC:when=200..206", "StoreFullError"],
    ["the log cannot be written", "pwrite64:error=EIO:when=200..202", "StoreFailedError"],
    ["the log cannot be flushed", "fsync,fdatasync:error=EIO:when=6..7", "StoreFailedError"],
  ])("%s: the writes are refused, and later ones served", async (_, fault, refusal) => {
    const outcomes = await write(["eca.db-wal", "eca.db-trial"], fault);
    expect(outcomes.size).toBe(entries);
    expect(new Set(outcomes.values())).toEqual(new Set(["kept", refusal]));
    expectServedAgain(outcomes);
    await expectAsTold(outcomes);
  });

  it.each([
    ["EDQUOT", "a lack of space", "StoreFullError"],
    ["EFBIG", "a lack of space", "StoreFullError"],
    ["EROFS", "a read-only medium", "StoreReadOnlyError"],
  ])("%s, which the database does not name, is %s", async (error, _, refusal) => {
    // The three connections open the log; what is opened later is the store's own trial.
    const trial = `inject=openat:error=${error}:when=4+`;
    const outcomes = await write(["eca.db-wal", "eca.db-trial"], `pwrite64:error=${error}:when=200..206`, "-e", trial);
    expect(new Set(outcomes.values())).toEqual(new Set(["kept", refusal]));
    expectServedAgain(outcomes);
    await expectAsTold(outcomes);
  });

  it.each([
    ["written", "pwrite64:error=ENOSPC"],
    ["flushed", "fsync,fdatasync:error=EIO"],
  ])("the database itself cannot be %s: the log holds everything meanwhile", async (_, fault) => {
    const outcomes = await write(["eca.db"], fault);
    expect([...outcomes.values()]).toEqual(Array.from({ length: entries }, () => "kept"));
    await expectAsTold(outcomes);
  });
});

it.skipIf(process.platform === "win32")(
  "files may not grow beyond a limit: the writes beyond are refused",
  async () => {
    const outcomes = await writeBehind(["sh", "-c", 'ulimit -f 4000 && exec "$@"', "sh"]);
    expect(outcomes.size).toBe(entries);
    expect([...new Set(outcomes.values())]).toEqual(["kept", "StoreFullError"]);
    expect(await readdir(folder)).not.toContain("eca.db-trial");
    await expectAsTold(outcomes);
  },
);
