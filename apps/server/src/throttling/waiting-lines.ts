/** Who waits, in lines by name. */
export interface WaitingLines<Item> {
  readonly isEmpty: boolean;
  /** How many items wait in a line. */
  count(line: string): number;
  push(line: string, item: Item): void;
  /** The item that is next; it goes on waiting. */
  peek(): Item | undefined;
  /** Takes out the item that is next. */
  shift(): Item | undefined;
  /** Takes out an item that waits no more, if it is there. */
  remove(line: string, item: Item): void;
}
