import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readQuestion } from "./question.js";

const now = new Date("2023-05-10T09:20:00Z");
const wordsOf = (text: string) => readQuestion(text, now).words;

describe("readQuestion", () => {
  it("keeps the words that say what is asked for, and parts the times from them", () => {
    const { words, terms } = readQuestion("what is the Temperature on 3rd of may at around 1pm?", now);
    expect(words).toEqual(["temperature"]);
    expect(terms.slice(0, 3)).toEqual([
      { text: "temperature", weight: 1 },
      { text: "day0503", weight: 1 },
      { text: "date20230503", weight: 0.1 },
    ]);
    expect(terms.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1 + 1.1 + 0.9);
  });

  it.each([
    ["How's the air_conditioner/left doing?", ["air", "conditioner", "left"]],
    ["temperature, Temperature and TEMPERATURE", ["temperature"]],
    ["was it 25.3 or 26?", ["25.3", "26"]],
    ["température à l'étage", ["température", "à", "l", "étage"]],
    ["what is it?", []],
    ["'\"; -- * ( ) : ^", []],
  ])("%j asks for %j", (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it("asks for a time once, however often it is told", () => {
    const { terms } = readQuestion("on May 3, the 3rd of May, at 1pm, 13:00", now);
    expect(terms.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1.1 + 0.9);
  });

  it("reads the beginning of what is longer than a question", () => {
    const text = Array.from({ length: 1_000_000 }, (_, index) => `w${index}`).join(" ");
    expect(wordsOf(text)).toHaveLength(32);
  });

  it("finds words and times alone in any text, each once", () => {
    const word = /^[\p{L}\p{N}\p{M}]+(?:[.,]\p{N}+)*$/u;
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const terms = readQuestion(text, now).terms.map((term) => term.text);
        expect(terms.filter((term) => !word.test(term))).toEqual([]);
        expect(new Set(terms).size).toBe(terms.length);
      }),
    );
  });
});
