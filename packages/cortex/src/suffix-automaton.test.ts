import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noEdge } from "./edge-table.js";
import { noState, rootState, SuffixAutomaton } from "./suffix-automaton.js";

function automatonOf(text: readonly number[]): SuffixAutomaton {
  const automaton = new SuffixAutomaton(text.length);
  for (const symbol of text) automaton.append(symbol);
  return automaton;
}

/** The state that a text leads to from the root. */
function stateOf(automaton: SuffixAutomaton, text: readonly number[]): number {
  let state = rootState;
  for (const symbol of text) {
    const edge = automaton.edges.find(state, symbol);
    if (edge === noEdge) return noState;
    state = automaton.edges.targetOf(edge);
  }
  return state;
}

function endsOf(text: readonly number[], stretch: readonly number[]): string {
  const starts = [...text.keys()].filter((at) => text.slice(at, at + stretch.length).join() === stretch.join());
  return starts.map((at) => at + stretch.length).join();
}

function stretchesOf(text: readonly number[]): number[][] {
  return text.flatMap((_, from) => text.slice(from).map((_, more) => text.slice(from, from + more + 1)));
}

const aText = fc
  .integer({ min: 0, max: 3 })
  .chain((max) => fc.array(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 16 }));

describe("SuffixAutomaton", () => {
  it("knows every stretch of its text and no other", () => {
    fc.assert(
      fc.property(aText, aText, (text, other) => {
        const automaton = automatonOf(text);
        for (const stretch of stretchesOf(text)) expect(stateOf(automaton, stretch)).not.toBe(noState);
        expect(stateOf(automaton, other) !== noState).toBe(endsOf(text, other) !== "");
      }),
      { numRuns: 300 },
    );
  });

  it("has one state for the stretches that end at the same places, from the shortest to the longest", () => {
    fc.assert(
      fc.property(aText, (text) => {
        const automaton = automatonOf(text);
        const statesOfEnds = new Map<string, Set<number>>();
        for (const stretch of stretchesOf(text)) {
          const state = stateOf(automaton, stretch);
          expect(stretch.length).toBeLessThanOrEqual(automaton.lengthOf(state));
          expect(stretch.length).toBeGreaterThan(automaton.lengthOf(automaton.linkOf(state)));
          const ends = endsOf(text, stretch);
          statesOfEnds.set(ends, (statesOfEnds.get(ends) ?? new Set()).add(state));
        }
        for (const states of statesOfEnds.values()) expect(states.size).toBe(1);
        expect(statesOfEnds.size).toBe(automaton.stateCount - 1);
      }),
      { numRuns: 300 },
    );
  });

  it("stays within its capacity for the texts that need most of it", () => {
    // The most states: abbb...b. The most edges: abb...bc.
    for (const text of [
      [0, ...Array.from({ length: 50 }, () => 1)],
      [0, ...Array.from({ length: 50 }, () => 1), 2],
    ]) {
      const automaton = automatonOf(text);
      expect(automaton.stateCount).toBeLessThanOrEqual(2 * text.length);
      expect(automaton.edges.count).toBeLessThanOrEqual(3 * text.length);
      expect(stateOf(automaton, text)).toBe(automaton.whole);
    }
  });

  it("knows nothing but the empty text before the first symbol", () => {
    const automaton = new SuffixAutomaton(0);
    expect(automaton.stateCount).toBe(1);
    expect(automaton.edges.find(rootState, 0)).toBe(noEdge);
  });
});
