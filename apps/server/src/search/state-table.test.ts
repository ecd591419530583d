import * as fc from "fast-check";
import { expect, it } from "vitest";
import { StateTable } from "./state-table.js";

/** A table over plain numbers with a hash as bad as wanted, and what the table must return. */
function tableOf(hash: (value: number) => number) {
  const values: number[] = [];
  const table = new StateTable((row, other) => values[row] === values[other]);
  return {
    table,
    put(row: number, value: number) {
      if (row < values.length) table.remove(row, values.length);
      values[row] = value;
      table.add(row, hash(value), values.length);
    },
    lowest: (value: number) => table.lowest(hash(value), (row) => values[row] === value),
    expected: (value: number) => (values.includes(value) ? values.indexOf(value) : undefined),
    size: () => values.length,
  };
}

it.each([
  ["a good hash", (value: number) => Math.imul(value, 0x9e3779b1)],
  ["colliding hashes", (value: number) => value % 3],
  ["one hash for all", () => -7],
])("finds the lowest row of each state under additions and replacements, with %s", (_, hash) => {
  const step = fc.record({ row: fc.option(fc.nat(80), { freq: 2 }), value: fc.integer({ min: -6, max: 14 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const model = tableOf(hash);
      for (const { row, value } of steps) {
        model.put(row === null || model.size() === 0 ? model.size() : row % model.size(), value);
        for (let probe = -6; probe <= 14; probe++) expect(model.lowest(probe)).toBe(model.expected(probe));
      }
    }),
  );
});

it("when the lowest of equal rows is replaced the next one takes its place", () => {
  const model = tableOf((value) => value);
  for (let row = 0; row < 5; row++) model.put(row, 1);
  for (let row = 0; row < 5; row++) {
    expect(model.lowest(1)).toBe(row);
    model.put(row, 2);
  }
  expect(model.lowest(1)).toBeUndefined();
  expect(model.lowest(2)).toBe(0);
});

it("takes the memory that was calculated for thousands of distinct states, and frees them", () => {
  const model = tableOf((value) => Math.imul(value, 0x9e3779b1));
  const bytes: number[] = [];
  const foretold: number[] = [];
  for (let row = 0; row < 5000; row++) {
    model.put(row, row);
    bytes.push(model.table.bytes);
    foretold.push(StateTable.bytesFor(row + 1));
  }
  expect(bytes).toEqual(foretold);
  for (let row = 0; row < 5000; row++) model.put(row, 1_000_000 + (row % 10));
  for (let row = 0; row < 5000; row += 7) expect(model.lowest(row)).toBeUndefined();
  for (let value = 0; value < 10; value++) expect(model.lowest(1_000_000 + value)).toBe(value);
});
