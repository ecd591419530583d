import type { ChangeKind, ChangeRow, ModuleRow } from "../store/port/rows.js";
import type { EssState, Reader } from "../store/port/store.js";

type Read = "module" | "states" | "changes";

interface FakeModule {
  shape: number;
  revision: number;
  readonly states: Float32Array[];
  log: ChangeRow[];
}

/**
 * A store in memory. Each read returns what was written when it got its turn: `turn` is awaited
 * before it reads and again before it returns, so that a test decides what comes in between.
 */
export class FakeReader implements Pick<Reader, Read> {
  readonly #modules = new Map<string, FakeModule>();
  /** Reads so far. */
  readonly reads: Record<Read, number> = { module: 0, states: 0, changes: 0 };
  turn: (read: Read) => Promise<void> = () => Promise.resolve();

  /** Adds a state, and the module with the first one; returns its id. */
  create(moduleId: string, ...numbers: number[]): number {
    const module = this.#modules.get(moduleId) ?? { shape: numbers.length, revision: 0, states: [], log: [] };
    this.#modules.set(moduleId, module);
    module.states.push(Float32Array.from(numbers));
    this.#note(moduleId, module, "ess_created", module.states.length);
    return module.states.length;
  }

  update(moduleId: string, id: number, ...numbers: number[]): void {
    const module = this.#modules.get(moduleId)!;
    module.states[id - 1] = Float32Array.from(numbers);
    this.#note(moduleId, module, "ess_updated", id);
  }

  /** A write to the module that touches no state. */
  appendSequence(moduleId: string): void {
    this.#note(moduleId, this.#modules.get(moduleId)!, "sequence_created", 1);
  }

  forgetLog(moduleId: string): void {
    this.#modules.get(moduleId)!.log = [];
  }

  remove(moduleId: string): void {
    this.#modules.delete(moduleId);
  }

  rowsOf(moduleId: string): EssState[] {
    return (this.#modules.get(moduleId)?.states ?? []).map((state, row) => ({ id: row + 1, state }));
  }

  module(moduleId: string): Promise<ModuleRow | undefined> {
    return this.#read("module", () => {
      const module = this.#modules.get(moduleId);
      if (module === undefined) return undefined;
      const { shape, revision, states, log } = module;
      const isOfState = ({ kind }: ChangeRow) => kind.startsWith("ess");
      return {
        module_id: moduleId,
        shape,
        revision,
        ess_revision: log.findLast(isOfState)?.revision ?? revision,
        ess_count: states.length,
        sequence_count: 0,
        embedding_count: 0,
        display_name: null,
        created_at: 0,
        last_activity_at: 0,
      };
    });
  }

  states(moduleId: string, { limit, after = 0 }: { limit: number; after?: number }): Promise<EssState[]> {
    return this.#read("states", () => this.rowsOf(moduleId).slice(Math.max(0, after), Math.max(0, after) + limit));
  }

  changes(
    moduleId: string,
    { after, limit, kinds }: { after: number; limit: number; kinds?: readonly ChangeKind[] },
  ): Promise<ChangeRow[]> {
    return this.#read("changes", () =>
      (this.#modules.get(moduleId)?.log ?? [])
        .filter(({ revision, kind }) => revision > after && (kinds?.includes(kind) ?? true))
        .slice(0, limit),
    );
  }

  #note(moduleId: string, module: FakeModule, kind: ChangeKind, rowId: number): void {
    module.revision++;
    module.log.push({ module_id: moduleId, revision: module.revision, kind, row_id: rowId, at: 0 });
  }

  async #read<Result>(read: Read, find: () => Result): Promise<Result> {
    this.reads[read]++;
    await this.turn(read);
    const found = find();
    await this.turn(read);
    return found;
  }
}

/** A gate that holds one kind of read until it is opened. */
export class Gate {
  #open = (): void => {};
  readonly #opened = new Promise<void>((resolve) => (this.#open = resolve));
  #reached = (): void => {};
  /** Resolves once a read waits at the gate. */
  readonly reached = new Promise<void>((resolve) => (this.#reached = resolve));

  constructor(reader: FakeReader, held: Read) {
    reader.turn = (read) => {
      if (read !== held) return Promise.resolve();
      this.#reached();
      return this.#opened;
    };
  }

  open(): void {
    this.#open();
  }
}
