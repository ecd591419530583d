import { inTurns } from "./in-turns.js";

const rowsPerTurn = 1_000;

/** What an id that is in no row has for a symbol. */
const notInLog = -1;

/** The rows of a log as symbols 0, 1, 2..., one per distinct id. */
export interface SymbolTable {
  /** Per row its symbol, oldest row first. */
  readonly rows: Int32Array;
  /** Per symbol its id. */
  readonly ids: readonly number[];
  /** The symbol of an id; -1, which is no symbol, where it has none. */
  readonly symbolOf: (id: number) => number;
}

/** A log, oldest row first, as symbols. */
export async function symbolTable(log: ArrayLike<number>, pause: () => Promise<unknown>): Promise<SymbolTable> {
  const rows = new Int32Array(log.length);
  const ids: number[] = [];
  const symbols = new Map<number, number>();
  await inTurns(log.length, rowsPerTurn, pause, (row) => {
    const id = log[row] as number;
    let symbol = symbols.get(id);
    if (symbol === undefined) {
      symbol = ids.length;
      symbols.set(id, symbol);
      ids.push(id);
    }
    rows[row] = symbol;
  });
  return { rows, ids, symbolOf: (id) => symbols.get(id) ?? notInLog };
}
