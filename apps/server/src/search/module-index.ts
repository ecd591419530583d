import type { ModuleRow } from "../store/port/rows.js";
import type { Reader } from "../store/port/store.js";
import { StateMatrix } from "./state-matrix.js";
import { statePages, statesPerPage } from "./state-pages.js";
import type { TimeSlice } from "../event-loop/time-slice.js";

const changesPerPage = 1000;
const neverLoaded = -1;

/** The states of one module in memory, and how far they have followed its change log. */
export class ModuleIndex {
  readonly #reader: Pick<Reader, "states" | "changes">;
  readonly #timeSlice: TimeSlice;
  readonly #moduleId: string;
  readonly #shape: number;
  #matrix: StateMatrix;
  #revision = neverLoaded;
  #flight: Promise<void> | undefined;

  constructor(
    { reader, timeSlice }: { readonly reader: Pick<Reader, "states" | "changes">; readonly timeSlice: TimeSlice },
    { module_id: moduleId, shape }: ModuleRow,
  ) {
    this.#reader = reader;
    this.#timeSlice = timeSlice;
    this.#moduleId = moduleId;
    this.#shape = shape;
    this.#matrix = new StateMatrix(shape);
  }

  get shape(): number {
    return this.#shape;
  }

  /** All writes to the module's states up to this revision are in the matrix; -1 before the first load. */
  get revision(): number {
    return this.#revision;
  }

  get isLoaded(): boolean {
    return this.#revision !== neverLoaded;
  }

  get rows(): number {
    return this.#matrix.rows;
  }

  /**
   * Calls `use` with the matrix once that has every write which `module` counts. Callers that arrive
   * while it catches up wait for the same catch-up; one that needs a newer revision than that reached
   * starts the next.
   */
  async withMatrix<Result>(module: ModuleRow, use: (matrix: StateMatrix) => Promise<Result>): Promise<Result> {
    while (this.#revision < module.ess_revision) {
      this.#flight ??= this.#catchUp(module).finally(() => {
        this.#flight = undefined;
      });
      await this.#flight;
    }
    return use(this.#matrix);
  }

  /** Reaches at least the revision of `module`; a rejection leaves the matrix at the revision it says. */
  async #catchUp(module: ModuleRow): Promise<void> {
    if (!this.isLoaded) return this.#load(module);
    while (this.#revision < module.ess_revision) {
      const changes = await this.#reader.changes(this.#moduleId, {
        after: this.#revision,
        kinds: ["ess_created", "ess_updated"],
        limit: changesPerPage,
      });
      const last = changes.at(-1);
      // The log no longer reaches back to the matrix's revision.
      if (last === undefined) return this.#load(module);
      await this.#reread(new Set(changes.map((change) => change.row_id)));
      this.#revision = last.revision;
      if (this.#timeSlice.isOver) await this.#timeSlice.next();
    }
  }

  /**
   * Builds the matrix anew. Pages read later may hold newer rows than `module` counts; those come
   * again with the log, as they are by then, and change nothing.
   */
  async #load(module: ModuleRow): Promise<void> {
    const matrix = new StateMatrix(this.#shape);
    for await (const page of statePages(this.#reader, this.#moduleId, this.#shape)) {
      for (const { id, state } of page) matrix.put(id, state);
      if (this.#timeSlice.isOver) await this.#timeSlice.next();
    }
    this.#matrix = matrix;
    this.#revision = module.ess_revision;
  }

  /** Reads rows as they are now, neighbouring ids together. */
  async #reread(ids: ReadonlySet<number>): Promise<void> {
    for (const { first, last } of runsOf(ids, statesPerPage(this.#shape))) {
      const states = await this.#reader.states(this.#moduleId, { after: first - 1, limit: last - first + 1 });
      for (const { id, state } of states) {
        if (id <= last) this.#matrix.put(id, state);
      }
      if (this.#timeSlice.isOver) await this.#timeSlice.next();
    }
  }
}

/** Splits ids into runs of consecutive ones, ascending, each of at most `maxLength`. */
function runsOf(ids: ReadonlySet<number>, maxLength: number): { first: number; last: number }[] {
  const runs: { first: number; last: number }[] = [];
  for (const id of [...ids].toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && id === run.last + 1 && id - run.first < maxLength) run.last = id;
    else runs.push({ first: id, last: id });
  }
  return runs;
}
