import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startChild } from "./built-store.fixture.js";
import { type Call, canTrace, mustTrace, readTrace } from "./strace.fixture.js";

it("system calls can be watched where they must be", () => {
  expect(canTrace || !mustTrace).toBe(true);
});

// Watching system calls takes strace, which is on Linux alone and not on every machine; CI installs it.
describe.skipIf(!canTrace)("a commit", () => {
  let folder: string;
  let calls: Call[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "eca-flush-"));
    const trace = join(folder, "trace");
    const watched = ["strace", "-f", "-y", "-e", "trace=write,fsync,fdatasync", "-o", trace];
    const { code, errors } = await startChild("flush-writer.mjs", [join(folder, "data")], watched).ended();
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    calls = readTrace(trace);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const said = (line: string): Call => {
    const found = calls.filter(({ name, text }) => name === "write" && text.includes(`"${line}\\n"`));
    expect(found).toHaveLength(1);
    return found[0]!;
  };

  /** The flushes of the log that began after one line was said and had ended well before another was. */
  const flushesOfLog = (first: string, last: string): Call[] => {
    const from = said(first).ended;
    const to = said(last).begun;
    return calls.filter(
      ({ name, text, begun, ended }) =>
        (name === "fsync" || name === "fdatasync") &&
        text.includes("/eca.db-wal>") &&
        text.endsWith(" = 0") &&
        begun > from &&
        ended < to,
    );
  };

  it.each(Array.from({ length: 10 }, (_, index) => index))("has reached the medium before its answer: %i", (index) => {
    expect(flushesOfLog(`begin ${index}`, `end ${index}`)).not.toEqual([]);
  });

  it("is one for many works that wait together", () => {
    const flushes = flushesOfLog("begin group", "end group");
    expect(flushes.length).toBeGreaterThanOrEqual(1);
    expect(flushes.length).toBeLessThan(8);
  });

  it("waits for the medium on another thread than the one that answers", () => {
    const answering = said("end 0").thread;
    // Four quick commits in a row let the next ones stay where they are.
    const flushes = flushesOfLog("begin 0", "end 3").map(({ thread }) => thread);
    expect(flushes.length).toBeGreaterThanOrEqual(4);
    expect(flushes).not.toContain(answering);
  });
});
