// Shifts the wall clock of a process: `node --import <this file> ...`. CLOCK_SHIFT names a file that holds the shift in
// milliseconds; a process that runs reads it anew on SIGUSR2 and answers with a line on the standard error. Timers, and
// what `performance` says, stay as they are, as they do where a machine's clock is set.
import { readFileSync } from "node:fs";

const file = process.env.CLOCK_SHIFT;
let shift = 0;
const readShift = () => {
  shift = Number(readFileSync(file, "utf8"));
};

if (file !== undefined) {
  const RealDate = Date;
  const now = RealDate.now.bind(RealDate);
  globalThis.Date = class extends RealDate {
    constructor(...given) {
      if (given.length === 0) super(now() + shift);
      else super(...given);
    }

    static now() {
      return now() + shift;
    }
  };
  readShift();
  process.on("SIGUSR2", () => {
    readShift();
    process.stderr.write(`clock shifted by ${shift} ms\n`);
  });
}
