import type { FakeReader } from "./fake-reader.fixture.js";
import type { Neighbour } from "./nearest-list.js";
import { squareOf } from "./oracle.fixture.js";

interface Version {
  readonly since: number;
  readonly state: Float32Array;
}

/** Writes to one module and remembers what each row was when, to check searches that overlap writes. */
export class History {
  readonly #reader: FakeReader;
  readonly #moduleId: string;
  readonly #versions: Version[][] = [];
  /** How many writes were acknowledged. */
  now = 0;

  constructor(reader: FakeReader, moduleId: string) {
    this.#reader = reader;
    this.#moduleId = moduleId;
  }

  create(number: number): void {
    this.#reader.create(this.#moduleId, number);
    this.#versions.push([{ since: ++this.now, state: Float32Array.of(number) }]);
  }

  update(row: number, number: number): void {
    const versions = this.#versions[row % this.#versions.length]!;
    this.#reader.update(this.#moduleId, 1 + (row % this.#versions.length), number);
    versions.push({ since: ++this.now, state: Float32Array.of(number) });
  }

  /**
   * What is wrong with the result of a search that saw the writes before `begin`, may have seen those
   * up to now, and each row in any of its states from then to now.
   */
  mistakesIn(found: readonly Neighbour[], query: Float32Array, limit: number, begin: number): string[] {
    const mistakes: string[] = [];
    if (found.length > limit) mistakes.push(`${found.length} found, ${limit} wanted`);
    for (const [place, neighbour] of found.entries()) {
      const next = found[place + 1];
      if (next !== undefined && !ranksBefore(neighbour, next))
        mistakes.push(`${neighbour.id} and ${next.id} out of order`);
      const squares = this.#squaresOf(neighbour.id, query, begin);
      if (!squares.includes(neighbour.squared))
        mistakes.push(`${neighbour.id} has ${neighbour.squared}, not ${squares.join(" or ")}`);
    }
    for (const [row, [first]] of this.#versions.entries()) {
      const id = row + 1;
      if (first!.since > begin || found.some((neighbour) => neighbour.id === id)) continue;
      const worst = found[limit - 1];
      const squares = this.#squaresOf(id, query, begin);
      if (worst === undefined || !squares.some((squared) => ranksBefore(worst, { id, squared }))) {
        mistakes.push(`${id} is missing, with ${squares.join(" or ")}`);
      }
    }
    return mistakes;
  }

  #squaresOf(id: number, query: Float32Array, begin: number): number[] {
    const versions = this.#versions[id - 1] ?? [];
    return versions
      .filter((_, place) => (versions[place + 1]?.since ?? Infinity) > begin)
      .map(({ state }) => squareOf(state, query));
  }
}

function ranksBefore(a: Neighbour, b: Neighbour): boolean {
  return a.squared < b.squared || (a.squared === b.squared && a.id < b.id);
}
