import type { ModuleRow } from "../store/port/rows.js";
import type { Reader } from "../store/port/store.js";
import { kernelFor, loadKernels, type DistanceKernel, type DistanceKernels } from "./distance-kernel.js";
import { ModuleIndex } from "./module-index.js";
import type { Neighbour } from "./nearest-list.js";
import { StateMatrix } from "./state-matrix.js";
import { streamSearch } from "./stream-search.js";
import type { TimeSlice } from "../event-loop/time-slice.js";

/** Finds the stored states nearest to a given one. */
export interface StateIndex {
  /**
   * The states of a module nearest to `query` by Euclidean distance: at most `limit`, nearest first,
   * ties by lower id. Exact and deterministic; sees every write that was acknowledged before the call.
   * An unknown module has none.
   *
   * @param query As many finite numbers as the module's shape.
   * @param limit At least 1; may exceed the number of states.
   * @throws RangeError for a query of another shape, or a limit that is not a positive integer.
   */
  search(moduleId: string, query: Float32Array, limit: number): Promise<Neighbour[]>;

  /** What is in memory now. */
  stats(): StateIndexStats;
}

export interface StateIndexStats {
  readonly modules: number;
  readonly rows: number;
  /** Memory taken or reserved: what the budget bounds. */
  readonly bytes: number;
  /** What computes the distances of long states; undefined before the first search. */
  readonly kernel: DistanceKernel["name"] | undefined;
}

export interface StateIndexOptions {
  readonly reader: Pick<Reader, "module" | "states" | "changes">;
  /** In bytes. A module that does not fit is searched in the store, page by page: slow but exact. */
  readonly memoryBudget: number;
  /** Shared with all other long work of the process. */
  readonly timeSlice: TimeSlice;
  /** The machine's own by default. */
  readonly kernels?: () => Promise<DistanceKernels>;
}

/**
 * A state index over a store. It reads a module on its first search, follows the module's change log
 * from then on, and evicts the least recently searched modules when memory runs short.
 */
export function createStateIndex(options: StateIndexOptions): StateIndex {
  return new CachingStateIndex(options);
}

interface Entry {
  readonly index: ModuleIndex;
  /** Reserved before the rows are loaded, corrected afterwards. */
  bytes: number;
  /** Searches under way; while there are any, dropping the entry would free nothing. */
  searches: number;
}

class CachingStateIndex implements StateIndex {
  readonly #reader: StateIndexOptions["reader"];
  readonly #memoryBudget: number;
  readonly #timeSlice: TimeSlice;
  readonly #loadKernels: () => Promise<DistanceKernels>;
  #kernels: Promise<DistanceKernels> | undefined;
  #kernelName: DistanceKernel["name"] | undefined;
  /** Least recently searched first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor({ reader, memoryBudget, timeSlice, kernels }: StateIndexOptions) {
    this.#reader = reader;
    this.#memoryBudget = memoryBudget;
    this.#timeSlice = timeSlice;
    this.#loadKernels = kernels ?? loadKernels;
  }

  async search(moduleId: string, query: Float32Array, limit: number): Promise<Neighbour[]> {
    if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`limit ${limit} is not a positive integer`);
    const kernels = await this.#kernelsOnce();
    const before = this.#entries.get(moduleId);
    const reached = before?.index.revision ?? 0;
    const module = await this.#reader.module(moduleId);
    if (before !== undefined && !follows(module, before.index, reached)) this.#drop(moduleId, before);
    if (module === undefined) return [];
    if (query.length !== module.shape) {
      throw new RangeError(`a query of ${query.length} numbers on module "${moduleId}" of shape ${module.shape}`);
    }
    const means = { kernel: kernelFor(kernels, module.shape), timeSlice: this.#timeSlice };
    const entry = this.#entryFor(module);
    if (entry === undefined) return streamSearch(this.#reader, module, query, limit, means);
    entry.searches++;
    try {
      return await entry.index.withMatrix(module, (matrix) => {
        this.#reserve(moduleId, entry, matrix.bytes);
        return matrix.nearest(query, limit, means);
      });
    } finally {
      entry.searches--;
      if (entry.searches === 0 && !entry.index.isLoaded) this.#drop(moduleId, entry);
    }
  }

  stats(): StateIndexStats {
    let rows = 0;
    for (const { index } of this.#entries.values()) rows += index.rows;
    return { modules: this.#entries.size, rows, bytes: this.#bytes, kernel: this.#kernelName };
  }

  /** Loading them takes long, once: others have their turn before and after it. */
  async #loadInTurns(): Promise<DistanceKernels> {
    await this.#timeSlice.next();
    const kernels = await this.#loadKernels();
    await this.#timeSlice.next();
    return kernels;
  }

  async #kernelsOnce(): Promise<DistanceKernels> {
    this.#kernels ??= this.#loadInTurns();
    const kernels = await this.#kernels;
    this.#kernelName = (kernels.simd ?? kernels.plain).name;
    return kernels;
  }

  /** The module's entry, now the most recently searched; undefined where it does not fit. */
  #entryFor(module: ModuleRow): Entry | undefined {
    const { module_id: moduleId, shape } = module;
    const entry = this.#entries.get(moduleId);
    const needed = StateMatrix.bytesFor(module.ess_count, shape);
    if (needed > this.#memoryBudget) {
      if (entry !== undefined) this.#drop(moduleId, entry);
      return undefined;
    }
    if (!this.#evict(needed - (entry?.bytes ?? 0), entry)) return undefined;
    const used = entry ?? {
      index: new ModuleIndex({ reader: this.#reader, timeSlice: this.#timeSlice }, module),
      bytes: 0,
      searches: 0,
    };
    this.#entries.delete(moduleId);
    this.#entries.set(moduleId, used);
    this.#reserve(moduleId, used, needed);
    return used;
  }

  /** Reserves memory; never less than before, so that a module that fits stays. */
  #reserve(moduleId: string, entry: Entry, bytes: number): void {
    if (bytes <= entry.bytes || this.#entries.get(moduleId) !== entry) return;
    // Rows that came during the load are there already: where too little can be evicted the budget is exceeded.
    this.#evict(bytes - entry.bytes, entry);
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
  }

  #drop(moduleId: string, entry: Entry): void {
    if (this.#entries.get(moduleId) !== entry) return;
    this.#entries.delete(moduleId);
    this.#bytes -= entry.bytes;
  }

  /**
   * Drops modules that nobody is searching, least recently searched first, until so many more bytes
   * fit. Drops none and returns false where that is not enough.
   */
  #evict(bytes: number, except: Entry | undefined): boolean {
    let excess = bytes <= 0 ? 0 : this.#bytes + bytes - this.#memoryBudget;
    const victims: [string, Entry][] = [];
    for (const [moduleId, entry] of this.#entries) {
      if (excess <= 0) break;
      if (entry === except || entry.searches > 0) continue;
      victims.push([moduleId, entry]);
      excess -= entry.bytes;
    }
    if (excess > 0) return false;
    for (const [moduleId, entry] of victims) this.#drop(moduleId, entry);
    return true;
  }
}

/** Whether a module read from the store can be the one in memory, which had reached a revision before. */
function follows(module: ModuleRow | undefined, index: ModuleIndex, reached: number): boolean {
  return module !== undefined && module.shape === index.shape && module.ess_revision >= reached;
}
