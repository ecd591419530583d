import { describe, expect, it } from "vitest";
import { createProgressReport } from "./progress-report.js";

function setUp() {
  let time = 1_000_000;
  const out: string[] = [];
  const report = createProgressReport({ writeErr: (text) => void out.push(text) }, () => time);
  return { report, out, pass: (milliseconds: number) => (time += milliseconds) };
}

describe("the progress of a command", () => {
  it("is not printed where it ends within two seconds", () => {
    const { report, out, pass } = setUp();
    for (let done = 0; done < 10; done++) {
      report({ step: "reading rows", done, total: 10, unit: "rows" });
      pass(199);
    }
    expect(out).toEqual([]);
  });

  it("is printed every two seconds from then on, whatever the step", () => {
    const { report, out, pass } = setUp();
    pass(2_000);
    for (let done = 0; done < 4_000; done += 500) {
      report({ step: "reading rows", done, total: 4_000, unit: "rows" });
      pass(500);
    }
    report({ step: "checking rules", done: 3, total: undefined, unit: "rules" });
    expect(out).toEqual([
      "reading rows: 0 of 4000 rows (0 %)\n",
      "reading rows: 2000 of 4000 rows (50 %)\n",
      "checking rules: 3 rules\n",
    ]);
  });

  it("never passes a hundred percent: a source may grow while it is copied", () => {
    const { report, out, pass } = setUp();
    pass(2_000);
    report({ step: "copying", done: 120, total: 100, unit: "bytes" });
    expect(out).toEqual(["copying: 120 of 100 bytes (100 %)\n"]);
  });
});
