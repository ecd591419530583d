import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Micros } from "../clock.js";
import { DomainError } from "../errors/domain-error.js";
import { addModule, auditContent, documentContent, sequenceContent } from "../store/conformance/contents.fixture.js";
import type { ClockRow } from "../store/port/rows.js";
import { useFolder } from "../store/sqlite/use-folder.fixture.js";
import { verifyDatabase } from "../store/sqlite/maintenance/verify.js";
import { ClockJumpError } from "../time/start-clock.js";
import { UsageError } from "./command.js";
import { runCommand } from "./run-command.js";

const folder = useFolder();
const hour: Micros = 3_600_000_000;
const day: Micros = 24 * hour;
const present = Date.now() * 1000;

async function run(...words: string[]) {
  const seen = { out: "", err: "" };
  const error: unknown = await runCommand(["repair-times", ...words], {
    environment: { ECA_DATA: folder.path },
    input: new PassThrough(),
    writeOut: (text) => void (seen.out += text),
    writeErr: (text) => void (seen.err += text),
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { error, ...seen };
}

/** A stopped server's folder with a row of yesterday, and rows of these times; what is kept of its clock. */
async function leave(times: readonly Micros[], clock?: Partial<ClockRow>): Promise<void> {
  const store = await folder.open();
  await store.transact(async (tx) => {
    await addModule(tx, "m");
    await tx.insertSequence("m", sequenceContent(), present - day);
    for (const at of times) await tx.insertSequence("m", sequenceContent(), at);
    if (clock === undefined) return;
    await tx.putClock({ at: present - hour, lag: 0, jumped_at: null, wrong_from: null, wrong_by: null, ...clock });
  });
  await store.close();
}

async function left() {
  const store = await folder.open();
  const [rows, clock] = [await store.sequencePage("m", { order: "asc", limit: 100 }), await store.clock()];
  const [entry] = await store.auditPage({ order: "desc", limit: 1 });
  await store.close();
  return { times: rows.map(({ created_at }) => created_at), clock, entry };
}

const fiveYears = 1826 * day;

describe("repair-times", () => {
  it("moves times by what the clock is known to have been ahead, and says so before and after", async () => {
    const jumped = present + fiveYears;
    await leave([jumped - 2 * hour, jumped - hour], { wrong_from: jumped - 3 * hour, wrong_by: fiveYears });
    const before = verifyDatabase(folder.path).digest;
    const dry = await run("--dry-run");
    expect(dry.error).toBeUndefined();
    expect(dry.out).toMatch(/^TIMES OF +ROWS +NEWEST\nmodules +1 .*\nsequence entries +2 .*\nchanges +2 .*\n$/);
    expect(dry.err).toMatch(/ would go back by 1826 days, by which the clock is known .*\nNothing was changed\.\n$/);
    expect(verifyDatabase(folder.path).digest).toBe(before);

    const { error, err } = await run();
    expect(error).toBeUndefined();
    expect(err).toMatch(/ go back by 1826 days, .*\nDone\.\n$/);
    expect(verifyDatabase(folder.path).issues).toEqual([]);
    const { times, clock, entry } = await left();
    expect(times).toEqual([present - day, present - 2 * hour, present - hour]);
    expect(clock).toMatchObject({ lag: 0, wrong_from: null, wrong_by: null });
    expect(entry).toMatchObject({
      kind: "times_repaired",
      count: 5,
      user_id: null,
      detail: expect.stringContaining("157766400 s"),
    });
  });

  it("moves what lay ahead before the known jump to the moment of the jump, and not years into the past", async () => {
    const jumped = present + fiveYears;
    const from = jumped - 3 * hour;
    await leave([present + day, jumped - hour], { wrong_from: from, wrong_by: fiveYears });
    const store = await folder.open();
    await store.transact((tx) => tx.insertAudit(auditContent(present + day)));
    await store.close();
    expect((await run()).error).toBeUndefined();
    expect((await left()).times).toEqual([present - day, present - 3 * hour, present - hour]);
    const after = await folder.open();
    const [first] = await after.auditPage({ order: "asc", limit: 1 });
    await after.close();
    expect(first?.at).toBe(present - 3 * hour);
  });

  it("brings the newest to the present where nobody knows by how much the clock was ahead", async () => {
    await leave([present + 3652 * day, present + 3652 * day + hour]);
    expect((await run()).err).toContain("so that the newest of them is the present");
    const { times } = await left();
    expect(times[2]! - times[1]!).toBe(hour);
    expect(Math.abs(times[2]! - Date.now() * 1000)).toBeLessThan(hour);
  });

  it("moves times by what is asked for, never before the row before them", async () => {
    await leave([present + 10 * day, present + 11 * day], {});
    expect((await run("--by", "3650d")).error).toBeUndefined();
    expect((await left()).times).toEqual([present - day, present - day, present - day]);
  });

  it("moves times that have passed where both ends are given", async () => {
    await leave([present - 3 * hour, present - 2 * hour], {});
    const after = new Date((present - 4 * hour) / 1000).toISOString();
    expect((await run("--after", after)).error).toMatchObject({ message: expect.stringContaining("--by has to say") });
    expect((await run("--after", after, "--by", "1h")).error).toBeUndefined();
    expect((await left()).times.slice(1)).toEqual([present - 4 * hour, present - 3 * hour]);
  });

  it("has nothing to do where no time lies ahead", async () => {
    await leave([present - hour], {});
    const before = verifyDatabase(folder.path).digest;
    expect(await run()).toMatchObject({
      error: undefined,
      out: "",
      err: expect.stringMatching(/^No time in the/),
    });
    expect(verifyDatabase(folder.path).digest).toBe(before);
  });
});

describe("repair-times is refused", () => {
  it("where the clock is behind what a server has seen, unless that is meant", async () => {
    await leave([present + 10 * day], { at: present + 10 * day });
    const { error } = await run("--dry-run");
    expect(error).toBeInstanceOf(DomainError);
    expect((error as Error).message).toMatch(
      /the system's clock says .*, 10 days before .* Set it right first; or, .* --after/,
    );
    const meant = await run("--dry-run", "--after", new Date().toISOString());
    expect(meant.error).toBeUndefined();
  });

  it("where the clock has jumped a short while ago", async () => {
    await leave([], { at: present, lag: 20 * day, jumped_at: present - hour });
    expect((await run("--dry-run")).error).toMatchObject({
      message: expect.stringContaining("jumped there by 20 days"),
    });
  });

  it("where the clock lies ahead itself", async () => {
    await leave([], { at: present - 20 * day });
    const store = await folder.open();
    await store.close();
    // The row of yesterday is beyond what is kept by more than a day, and does not count.
    expect((await run()).error).toBeInstanceOf(ClockJumpError);
  });

  it("while a server runs", async () => {
    const server = await folder.open();
    await server.transact((tx) => tx.insertDocument(documentContent(), present));
    expect((await run()).error).toMatchObject({ message: expect.stringContaining("in use by another server") });
    expect((await run("--dry-run")).error).toBeUndefined();
  });

  it.each([
    [["--after", "yesterday"], '"yesterday" is no instant'],
    [["--by", "long"], '"long" is no duration'],
    [["--by", "0d"], "no duration"],
  ])("for %j", async (words, text) => {
    const { error } = await run(...words);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain(text);
  });
});
