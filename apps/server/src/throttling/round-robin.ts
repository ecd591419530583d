import type { WaitingLines } from "./waiting-lines.js";

/**
 * The items that users wait for, in the order in which they are served: one of each user's by turns, and each
 * user's own in the order they came. However many items one user has, another is served after one of them.
 */
export class RoundRobin<Item> implements WaitingLines<Item> {
  /** By user; the first user is next. None is empty. */
  readonly #lines = new Map<string, Item[]>();

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /** How many items of a user wait. */
  count(user: string): number {
    return this.#lines.get(user)?.length ?? 0;
  }

  push(user: string, item: Item): void {
    const line = this.#lines.get(user);
    if (line === undefined) this.#lines.set(user, [item]);
    else line.push(item);
  }

  /** The item whose turn is next; it goes on waiting. */
  peek(): Item | undefined {
    const [line] = this.#lines.values();
    return line?.[0];
  }

  /** Takes out the item whose turn it is. */
  shift(): Item | undefined {
    const [next] = this.#lines;
    if (next === undefined) return undefined;
    const [user, line] = next;
    const item = line.shift();
    this.#lines.delete(user);
    if (line.length > 0) this.#lines.set(user, line);
    return item;
  }

  /** Takes out an item that waits no more, if it is there. */
  remove(user: string, item: Item): void {
    const line = this.#lines.get(user);
    const place = line?.indexOf(item) ?? -1;
    if (line === undefined || place < 0) return;
    line.splice(place, 1);
    if (line.length === 0) this.#lines.delete(user);
  }
}
