import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

interface FlipRun {
  readonly folder: string;
  readonly count: number;
  readonly seed: number;
  readonly report: (wrong: string) => void;
}

interface Flips {
  readonly flips: number;
  readonly found: number;
}

// A module of the soak, which runs the built server.
const { flipBits } = (await import(new URL("flip-bits.mjs", import.meta.url).href)) as {
  readonly flipBits: (run: FlipRun) => Promise<Flips>;
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eca-flips-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

// The soak flips hundreds of them.
it(
  "what users see after a flipped bit is the same, or is refused and found by verify",
  { timeout: 300_000 },
  async () => {
    const wrong: string[] = [];
    const { flips, found } = await flipBits({ folder, count: 10, seed: 1, report: (text) => wrong.push(text) });
    expect(wrong).toEqual([]);
    expect(flips).toBe(10);
    // Else nothing was shown.
    expect(found).toBeGreaterThan(0);
  },
);
