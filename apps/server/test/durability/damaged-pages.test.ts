import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startChild } from "./built-store.fixture.js";

type Answer = string | { readonly refused: string };

interface Reading {
  readonly refused?: string;
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly notices: readonly string[];
  readonly damagedPages?: number;
}

let folder: string;
let reader: ChildProcess;
let sound: Reading;

/** What a process reads in a data folder that opens it as a server does. Fails where the process dies of it. */
async function read(data: string): Promise<Reading> {
  reader.send({ folder: data });
  const died = new AbortController();
  const ended = once(reader, "exit", { signal: died.signal }).then(
    ([code, signal]) => {
      throw new Error(`the process ended with ${code ?? signal}`);
    },
    () => undefined,
  );
  try {
    const [reading] = (await Promise.race([once(reader, "message"), ended])) as [Reading];
    return reading;
  } finally {
    died.abort();
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eca-damaged-"));
  const { errors } = await startChild("damaged-writer.mjs", [join(folder, "killed")]).ended();
  expect(errors).toBe("");
  reader = fork(fileURLToPath(new URL("damaged-reader.mjs", import.meta.url)), { stdio: "inherit" });
  await cp(join(folder, "killed"), join(folder, "sound"), { recursive: true });
  sound = await read(join(folder, "sound"));
}, 60_000);

afterAll(async () => {
  reader.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

async function flip(path: string, bit: number): Promise<void> {
  const file = await open(path, "r+");
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, bit >> 3);
    byte[0]! ^= 1 << (bit & 7);
    await file.write(byte, 0, 1, bit >> 3);
  } finally {
    await file.close();
  }
}

/** Whole numbers below a limit that follow from a seed; xorshift. */
function numbersFrom(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** What a user must not be answered. */
function faultsOf({ refused, answers, damagedPages }: Reading): string[] {
  if (refused !== undefined) return /^StoreUnusableError: .*Restore (it from )?a backup/.test(refused) ? [] : [refused];
  const different = Object.entries(answers!).filter(([list, answer]) => answer !== sound.answers![list]);
  const untold = different.length > 0 && damagedPages === 0 ? ["it says that nothing is damaged"] : [];
  const wrong = different.filter(([, answer]) => typeof answer === "string" || answer.refused !== "StoreDamagedError");
  return [...untold, ...wrong.map(([list, answer]) => `${list} is answered by ${JSON.stringify(answer)}`)];
}

function lessOf(first: Reading, second: Reading): string[] {
  return (first.refused === undefined) === (second.refused === undefined) && first.damagedPages === second.damagedPages
    ? []
    : ["the second start finds something else than the first"];
}

it("what is sound is read as it was written", () => {
  expect(sound.refused).toBeUndefined();
  expect(sound.damagedPages).toBe(0);
  expect(Object.values(sound.answers!).filter((answer) => typeof answer !== "string")).toEqual([]);
});

it("a folder without checksums, as an older server has left it, is read with its log, and has them afterwards", async () => {
  const data = join(folder, "older");
  await cp(join(folder, "killed"), data, { recursive: true });
  await rm(join(data, "eca.db-sums"));
  const reading = await read(data);
  expect(reading).toMatchObject({ answers: sound.answers, damagedPages: 0 });
  expect(reading.notices).toEqual([expect.stringContaining("the data has checksums from now on")]);
  expect(await read(data)).toMatchObject({ answers: sound.answers, notices: [] });
});

it.each([
  ["killed", "eca.db"],
  ["sound", "eca.db"],
  ["killed", "eca.db-wal"],
  ["killed", "eca.db-sums"],
])(
  "one flipped bit of a folder that was %s, in %s: each list is as it was or refused, and no process ends",
  async (from, name) => {
    const seed = Number(process.env["FLIP_SEED"] ?? Math.floor(Math.random() * 2 ** 31) + 1);
    const random = numbersFrom(seed);
    const rounds = Number(process.env["FLIP_ROUNDS"] ?? 12);
    const data = join(folder, "flipped");
    const size = (await stat(join(folder, from, name))).size;
    const wrong: string[] = [];
    for (let round = 0; round < rounds; round++) {
      await rm(data, { recursive: true, force: true });
      await cp(join(folder, from), data, { recursive: true });
      const bit = random(8 * size);
      await flip(join(data, name), bit);
      const reading = await read(data);
      // What was found once stays found.
      const again = await read(data);
      wrong.push(
        ...[...faultsOf(reading), ...faultsOf(again), ...lessOf(reading, again)].map(
          (fault) => `FLIP_SEED=${seed}, round ${round}, byte ${bit >> 3} of ${name}: ${fault}`,
        ),
      );
    }
    expect(wrong).toEqual([]);
  },
  120_000,
);
