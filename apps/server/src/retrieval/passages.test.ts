import { describe, expect, it } from "vitest";
import type { DocumentRow } from "../store/port/rows.js";
import { createTimeSlice } from "../event-loop/time-slice.js";
import { formatPassages, toPassage } from "./passages.js";
import { readQuestion } from "./question.js";

const document = (text: string, doc_id = "note"): DocumentRow => {
  return { id: 7, doc_id, text, status: "embedded", created_at: 1, updated_at: 1, revision: 1, source: null };
};
const question = (text: string) => readQuestion(text, new Date("2023-05-10T09:20:00Z"));
const timeSlice = createTimeSlice();
const passageOf = (told: DocumentRow, asked: string) => toPassage(told, question(asked), timeSlice);
const filler = "Nothing of interest happened here. ".repeat(200);

describe("a passage", () => {
  it("is the whole of a short document", async () => {
    expect(await passageOf(document(" It was warm.\n"), "warm")).toEqual({ source: "note", text: "It was warm." });
  });

  it("is the part of a long one that has the words and times asked for", async () => {
    const text = `${filler}The fan failed on 3 May at 1pm. ${filler}The fan failed on 4 May at 1pm. ${filler}`;
    for (const [asked, part] of [
      ["why did the fan fail on May 4?", "failed on 4 May"],
      ["fans on 3rd of may at 13:00", "failed on 3 May"],
    ] as const) {
      const { text: passage } = await passageOf(document(text), asked);
      expect(passage).toContain(part);
      expect(passage).toMatch(/^… .* …$/s);
      expect(passage.length).toBeLessThan(1_010);
    }
  });

  it("begins at the beginning where nothing fits better", async () => {
    const { text } = await passageOf(document(filler), "zebra");
    expect(text).toMatch(/^Nothing of interest .* …$/);
  });

  it("is cut where there are no blanks, too", async () => {
    expect((await passageOf(document("x".repeat(5_000)), "x")).text.length).toBeLessThan(1_010);
  });

  it("names its document in a line", async () => {
    expect((await passageOf(document("a", " two\nlines "), "a")).source).toBe("two lines");
    expect((await passageOf(document("a", "\n"), "a")).source).toBe("document 7");
    expect((await passageOf(document("a", "n".repeat(9_999)), "a")).source).toHaveLength(200);
  });
});

describe("formatPassages", () => {
  it("puts each below its document's name", () => {
    const passages = [
      { source: "a", text: "one" },
      { source: "b", text: "two" },
    ];
    expect(formatPassages(passages)).toBe("[a]\none\n\n[b]\ntwo");
  });
});
