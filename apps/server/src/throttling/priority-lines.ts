import type { WaitingLines } from "./waiting-lines.js";

/** Lines of which each is served before those after it, and each in the order its items came. */
export class PriorityLines<Item> implements WaitingLines<Item> {
  readonly #lines: ReadonlyMap<string, Item[]>;

  /** @param lines Their names, the one that is served first at the front. */
  constructor(lines: readonly string[]) {
    this.#lines = new Map(lines.map((line) => [line, []]));
  }

  get isEmpty(): boolean {
    return this.#next === undefined;
  }

  count(line: string): number {
    return this.#of(line).length;
  }

  push(line: string, item: Item): void {
    this.#of(line).push(item);
  }

  peek(): Item | undefined {
    return this.#next?.[0];
  }

  shift(): Item | undefined {
    return this.#next?.shift();
  }

  remove(line: string, item: Item): void {
    const items = this.#of(line);
    const place = items.indexOf(item);
    if (place >= 0) items.splice(place, 1);
  }

  get #next(): Item[] | undefined {
    return [...this.#lines.values()].find((items) => items.length > 0);
  }

  #of(line: string): Item[] {
    const items = this.#lines.get(line);
    if (items === undefined) throw new RangeError(`there is no line ${line}`);
    return items;
  }
}
