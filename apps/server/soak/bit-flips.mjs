// Flips bits in data folders and backups, and looks at what is made of them: see test/durability/bit-flips/.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { flipBits } from "../test/durability/bit-flips/flip-bits.mjs";

const flipsPerFolder = 200;

/** @type {import("./soak.mjs").Trial} */
export const bitFlips = {
  name: "bit-flips",
  // Two hundred flips in a run of ten minutes.
  share: 3,
  async run({ folder, random, isOver, report }) {
    const total = {};
    do {
      const place = mkdtempSync(join(folder, "bit-flips-"));
      const seed = random.below(2 ** 31);
      const count = await flipBits({ folder: place, count: flipsPerFolder, seed, isOver, report });
      for (const [what, times] of Object.entries(count)) total[what] = (total[what] ?? 0) + times;
      rmSync(place, { recursive: true });
    } while (!isOver());
    return total;
  },
};
