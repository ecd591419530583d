import { isStorable } from "@eca/contract";
import { describe, expect, it } from "vitest";
import type { TextOf } from "../ess/parts.js";
import type { EssRow, SequenceRow } from "../store/port/rows.js";
import { aggregateContent, essContent } from "../store/conformance/contents.fixture.js";
import { formatEss, formatSequence } from "./format-row.js";

const at = (instant: string): number => Date.parse(instant) * 1000;
const noTexts: TextOf = () => Promise.resolve(undefined);

function essRow(module_id: string, overrides: Partial<EssRow> = {}): EssRow {
  const instant = at("2023-05-01T08:00:00Z");
  return { ...essContent(), id: 4, module_id, created_at: instant, updated_at: instant, revision: 1, ...overrides };
}

function entry(module_id: string, instant: string, overrides: Partial<SequenceRow> = {}): SequenceRow {
  const rest = { id: 17, instance_id: 4, status: "e", context: null, revision: 2, predicted: false };
  return { ...rest, module_id, created_at: at(instant), updated_at: at(instant), ...overrides };
}

describe("formatEss", () => {
  it("tells module, value, valence, context and when it was stored", async () => {
    const row = essRow("temperature", { state: Float32Array.of(25.3), valence: -90, context: "window open" });
    expect((await formatEss(row, noTexts)).split("\n")).toEqual([
      "temperature was 25.3 on Monday, 1 May 2023 at 08:00 UTC (8:00 am).",
      "Valence: -90.",
      "Context: window open",
      "This is ESS 4 of module temperature.",
    ]);
  });

  it("tells numbers in their shortest form, and the text behind them instead where there is one", async () => {
    const row = essRow("mood", { state: Float32Array.of(26469.581684007026, 8), embedding_input: 2 });
    expect(await formatEss(row, noTexts)).toContain("mood was 26469.582, 8 on Monday");
    const text = await formatEss(row, (moduleId, id) => Promise.resolve(`text ${id} of ${moduleId}`));
    expect(text).toContain("mood was text 2 of mood on Monday");
    expect(text).not.toContain("26469");
  });

  it.each([
    ["air_conditioner", "air_conditioner (air conditioner) was 1"],
    ["airConditioner2Left", "airConditioner2Left (air Conditioner2 Left) was 1"],
    ["building/7 east-wing", "building/7 east-wing (building 7 east wing) was 1"],
    ["température", "température was 1"],
    ["__", "__ was 1"],
    ["", " was 1"],
  ])("spells the module %j in words", async (moduleId, beginning) => {
    const text = await formatEss(essRow(moduleId, { state: Float32Array.of(1) }), noTexts);
    expect(text.slice(0, beginning.length)).toBe(beginning);
  });

  it("tells an aggregate in one phrase a component", async () => {
    const components = [
      { module_id: "air_conditioner", id: 3 },
      { module_id: "mood", id: 9 },
      { module_id: "position", id: 1 },
    ];
    const row = essRow("room", {
      ...aggregateContent(components),
      state: Float32Array.of(25.5, 1, 2, 3, 4),
      aggregate_shape: [1, 2, 2],
      aggregate_valence: [90, -90, 0],
      aggregate_context: [null, "after lunch", null],
      aggregate_emb_inp: [null, 6, 7],
    });
    const textOf: TextOf = (moduleId, id) =>
      Promise.resolve(moduleId === "mood" && id === 6 ? "everybody is tired" : undefined);
    expect((await formatEss(row, textOf)).split("\n").slice(0, 4)).toEqual([
      "room on Monday, 1 May 2023 at 08:00 UTC (8:00 am):",
      "air_conditioner (air conditioner) was 25.5, valence 90.",
      "mood was everybody is tired, valence -90, context after lunch.",
      "position was 3, 4, valence 0.",
    ]);
  });

  it("says how many numbers of a long state it leaves out", async () => {
    const state = Float32Array.from({ length: 10_800 }, (_, index) => index);
    const text = await formatEss(essRow("camera", { state }), noTexts);
    expect(text).toContain("62, 63 and 10736 more numbers on Monday");
    expect(text.length).toBeLessThan(1500);
  });
});

describe("the largest rows", () => {
  const longText = "word ".repeat(200_000);

  it("are cut to what a document can hold, between words and in whole characters", async () => {
    const row = essRow("log", { context: `${longText}\u{1f600}`, embedding_input: 1 });
    const text = await formatEss(row, () => Promise.resolve("\u{1f600}".repeat(500_000)));
    expect(text.length).toBeLessThan(262_144);
    expect(isStorable(text)).toBe(true);
    expect(text).toContain("Context: word word");
    expect(text).toMatch(/This is ESS 4 of module log\.$/);
    const entryText = await formatSequence(entry("log", "2023-05-03T13:05:00Z", { context: longText }), row, noTexts);
    expect(entryText.length).toBeLessThan(262_144);
    expect(isStorable(entryText)).toBe(true);
  });

  it("list a part of their components, look up no texts of the others, and say how many are left out", async () => {
    const components = Array.from({ length: 5_000 }, (_, index) => ({ module_id: `part ${index}`, id: 1 }));
    const row = essRow("room", {
      ...aggregateContent(components),
      state: new Float32Array(10_000),
      aggregate_shape: components.map(() => 2),
      aggregate_context: components.map(() => longText),
      aggregate_emb_inp: components.map(() => 3),
    });
    let asked = 0;
    const textOf: TextOf = () => {
      asked += 1;
      return Promise.resolve(longText);
    };
    const text = await formatEss(row, textOf);
    expect(text.length).toBeLessThan(262_144);
    expect(text).toMatch(/\npart 0 was word word[^\n]* …, valence [\d-]+, context word word[^\n]* …\.\n/);
    const [, left] = /\nAnd (\d+) more components\.\n/.exec(text) ?? [];
    expect(asked).toBe(5_000 - Number(left));
    expect(asked).toBeLessThan(1_000);
  });

  it("list all of what they have where that is not much", async () => {
    const components = Array.from({ length: 200 }, (_, index) => ({ module_id: `part${index}`, id: 1 }));
    const row = essRow("room", {
      ...aggregateContent(components),
      state: Float32Array.from({ length: 200 }, (_, index) => index),
      aggregate_shape: components.map(() => 1),
    });
    const text = await formatEss(row, noTexts);
    for (const index of [0, 199]) expect(text).toContain(`part${index} was ${index}, valence`);
    expect(text).not.toContain("more components");
  });
});

describe("formatSequence", () => {
  it("tells the entry's own time, status and context beside those of its state", async () => {
    const row = essRow("temperature", { state: Float32Array.of(25.3), valence: 50, context: "window open" });
    const text = await formatSequence(
      entry("temperature", "2023-05-03T13:05:00Z", { context: "heat wave" }),
      row,
      noTexts,
    );
    expect(text.split("\n").slice(0, 5)).toEqual([
      "temperature was 25.3 on Wednesday, 3 May 2023 at 13:05 UTC (1:05 pm).",
      "Valence: 50.",
      "Context: window open",
      "This is sequence entry 17 of module temperature, which refers to ESS 4; its status is e (existing).",
      "Context of the entry: heat wave",
    ]);
    expect(text).not.toContain("1 May 2023");
  });

  it("tells a status without a known meaning as it is", async () => {
    const text = await formatSequence(entry("m", "2023-05-03T13:05:00Z", { status: "p" }), essRow("m"), noTexts);
    expect(text).toMatch(/its status is p\.$/);
  });
});
