import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, it } from "vitest";
import { DomainError } from "../errors/domain-error.js";
import { addModule, sequenceContent } from "../store/conformance/contents.fixture.js";
import { useFolder } from "../store/sqlite/use-folder.fixture.js";
import { verifyDatabase } from "../store/sqlite/maintenance/verify.js";
import type { Page, Store } from "../store/port/store.js";
import { UsageError } from "./command.js";
import { runCommand } from "./run-command.js";

const folder = useFolder();
const all: Page = { order: "asc", limit: 1000 };
/** 2026-01-01T00:00:00Z, in microseconds. */
const start = Date.UTC(2026, 0) * 1000;
const second = 1_000_000;

let server: Store;

/** A server's folder with two logs, an entry a second: n, p, p, n, p and p, n. */
beforeEach(async () => {
  server = await folder.open();
  await server.transact(async (tx) => {
    // The log is old, the server is not: it goes on to this day.
    await tx.putClock({ at: Date.now() * 1000, lag: 0, jumped_at: null, wrong_from: null, wrong_by: null });
    for (const [moduleId, statuses] of [
      ["m", ["n", "p", "p", "n", "p"]],
      ["other", ["p", "n"]],
    ] as const) {
      await addModule(tx, moduleId);
      for (const [index, status] of statuses.entries()) {
        await tx.insertSequence(moduleId, sequenceContent({ status }), start + index * second);
      }
    }
  });
});

async function run(...words: string[]) {
  const seen = { out: "", err: "" };
  const error: unknown = await runCommand(["mark-predicted", ...words], {
    environment: { ECA_DATA: folder.path },
    input: new PassThrough(),
    writeOut: (text) => void (seen.out += text),
    writeErr: (text) => void (seen.err += text),
  }).catch((error: unknown) => error);
  return { ...seen, error };
}

const predictedIn = async (moduleId: string) =>
  (await server.sequencePage(moduleId, all, { predicted: "only" })).map(({ id }) => id);

describe("mark-predicted", () => {
  it("marks what has the status of predictions, beside a server that runs", async () => {
    const before = await server.module("m");
    expect(await run("--module", "m")).toEqual({
      error: undefined,
      out:
        "MODULE  ENTRIES  FIRST ID  CREATED                      LAST ID  CREATED\n" +
        "m       3        2         2026-01-01T00:00:01.000000Z  5        2026-01-01T00:00:04.000000Z\n",
      err: "3 entries marked as predicted.\n",
    });
    expect([await predictedIn("m"), await predictedIn("other")]).toEqual([[2, 3, 5], []]);
    expect(await server.latestSequence("m")).toMatchObject({ id: 4 });
    const after = await server.module("m");
    expect(after).toMatchObject({ sequence_count: 5, revision: before!.revision + 3 });
    const rows = await server.sequencePage("m", all, { predicted: "only" });
    expect(rows.map(({ revision }) => revision)).toEqual([1, 2, 3].map((step) => before!.revision + step));
    expect(verifyDatabase(folder.path).issues).toEqual([]);
  });

  it("changes nothing in a dry run, and says what it would mark", async () => {
    const before = await server.module("m");
    const { out, err } = await run("--all", "--dry-run");
    expect(out.split("\n").map((line) => line.split(/ +/)[0])).toEqual(["MODULE", "m", "other", ""]);
    expect(err).toBe("Nothing was changed; 4 entries would be marked as predicted.\n");
    expect(await server.module("m")).toEqual(before);
    expect(await server.auditPage(all)).toEqual([]);
  });

  it("marks nothing a second time", async () => {
    await run("--all");
    const before = await server.module("m");
    expect(await run("--all")).toEqual({ error: undefined, out: "", err: "0 entries marked as predicted.\n" });
    expect(await server.module("m")).toEqual(before);
  });

  it("takes another status, and times, the end of which is excluded", async () => {
    expect((await run("--module", "other", "--status", "n")).err).toBe("1 entry marked as predicted.\n");
    expect(await predictedIn("other")).toEqual([2]);
    await run("--module", "m", "--from", "2026-01-01T00:00:02Z", "--to", "2026-01-01T00:00:04Z");
    expect(await predictedIn("m")).toEqual([3]);
  });

  it("leaves one entry in the audit log for each module", async () => {
    await server.transact(async (tx) => {
      for (let index = 0; index < 1200; index++) await tx.insertSequence("m", sequenceContent({ status: "p" }), start);
    });
    await run("--all");
    expect(await predictedIn("m")).toHaveLength(1000);
    expect(await server.sequencePage("m", { ...all, after: 1002 }, { predicted: "exclude" })).toEqual([]);
    expect(await server.auditPage(all)).toMatchObject([
      { kind: "sequence_marked_predicted", module_id: "m", count: 1203, detail: 'status "p"', user_id: null },
      { kind: "sequence_marked_predicted", module_id: "other", count: 1, detail: 'status "p"' },
    ]);
  });

  it("changes nothing where one of the modules is not there", async () => {
    const { error } = await run("--module", "m", "--module", "nobody");
    expect(error).toBeInstanceOf(DomainError);
    expect((error as DomainError).code).toBe("module_not_found");
    expect(await predictedIn("m")).toEqual([]);
  });

  it.each([
    [[], "either --module or --all"],
    [["--module", "m", "--all"], "either --module or --all"],
    [["--all", "--from", "yesterday"], '--from: "yesterday" is no instant'],
    [["m"], '"m" is one word too many'],
  ])("%j is refused by what is wrong with it", async (words, text) => {
    const { error } = await run(...words);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain(text);
  });
});
