/** No edge; the first one is 1, so that memory that was never written to says "none". */
export const noEdge = 0;

/**
 * The edges of a graph, each known by the state it leaves and its symbol: a hash table with open
 * addressing over typed arrays, and per state the list of its edges. Edges are added and redirected,
 * never removed.
 */
export class EdgeTable {
  readonly #slots: Int32Array;
  readonly #sources: Int32Array;
  readonly #symbols: Int32Array;
  readonly #targets: Int32Array;
  /** Per state the edge that was added last, and per edge the one before it from the same state. */
  readonly #heads: Int32Array;
  readonly #previous: Int32Array;
  #count = 0;

  /** Allocates space for states 0 to `states` - 1 and for `edges` edges. */
  constructor(states: number, edges: number) {
    // At most two thirds full, so that a probe ends soon.
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(edges * 1.5 + 1)));
    this.#sources = new Int32Array(edges + 1);
    this.#symbols = new Int32Array(edges + 1);
    this.#targets = new Int32Array(edges + 1);
    this.#heads = new Int32Array(states);
    this.#previous = new Int32Array(edges + 1);
  }

  /** Edges are numbered from 1 to this. */
  get count(): number {
    return this.#count;
  }

  /** The edge that leaves a state with a symbol; `noEdge` where there is none. */
  find(source: number, symbol: number): number {
    return this.#slots[this.#slotOf(source, symbol)] as number;
  }

  /** Adds an edge that is not there yet. */
  add(source: number, symbol: number, target: number): void {
    this.#count += 1;
    const edge = this.#count;
    this.#slots[this.#slotOf(source, symbol)] = edge;
    this.#sources[edge] = source;
    this.#symbols[edge] = symbol;
    this.#targets[edge] = target;
    this.#previous[edge] = this.#heads[source] as number;
    this.#heads[source] = edge;
  }

  redirect(edge: number, target: number): void {
    this.#targets[edge] = target;
  }

  sourceOf(edge: number): number {
    return this.#sources[edge] as number;
  }

  symbolOf(edge: number): number {
    return this.#symbols[edge] as number;
  }

  targetOf(edge: number): number {
    return this.#targets[edge] as number;
  }

  /** The first edge of a state's list, or `noEdge`; the others follow by `next`. */
  first(source: number): number {
    return this.#heads[source] as number;
  }

  /** The next edge of the same state, or `noEdge`. */
  next(edge: number): number {
    return this.#previous[edge] as number;
  }

  /** Where the edge is kept, or the free slot where it would be. */
  #slotOf(source: number, symbol: number): number {
    const slots = this.#slots;
    const last = slots.length - 1;
    const mixed = Math.imul(source, 0x9e3779b1) ^ Math.imul(symbol + 1, 0x85ebca6b);
    let slot = (mixed ^ (mixed >>> 15)) & last;
    for (;;) {
      const edge = slots[slot] as number;
      if (edge === noEdge || (this.#sources[edge] === source && this.#symbols[edge] === symbol)) return slot;
      slot = (slot + 1) & last;
    }
  }
}
