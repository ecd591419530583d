import { setImmediate } from "node:timers/promises";

/** One transaction as one work sees it. */
interface Entered<Tx> {
  readonly tx: Tx;
  /** Ends the work's use of the transaction; answers the first error that one of its calls met. */
  leave(): Error | undefined;
}

/** The transactions of one connection, one at a time, with a mark inside to go back to. */
export interface GroupTransaction<Tx> {
  begin(): Promise<void>;
  enter(): Entered<Tx>;
  /** Sets the mark, in place of the one before. */
  mark(): void | Promise<void>;
  /** Removes what was written since the mark. */
  undo(): void | Promise<void>;
  /** Resolves once all that was written is durable, for which so many works wait. */
  commit(works: number): Promise<void>;
  /** What is to be done between two transactions, while nobody waits for it but those that write next. */
  tidy(): Promise<void>;
  /** Ends the transaction without a trace; does nothing where none stands. */
  rollback(): void | Promise<void>;
  /** False when the database has given the transaction up by itself, as it may on the error of a call. */
  stands(): boolean;
}

/** One commit, as metrics count it. */
export interface CommitReport {
  /** How many works it made durable. */
  readonly size: number;
  /** How long the commit itself took, in milliseconds. */
  readonly durationMs: number;
}

export interface GroupCommitOptions {
  /** How many works may share a commit; 256 by default. */
  readonly maxSize?: number;
  /** How long works may join a group, in milliseconds; 50 by default. */
  readonly maxDurationMs?: number;
  /** Hears of each commit once it is durable. */
  readonly onCommit?: ((report: CommitReport) => void) | undefined;
}

interface Work<Tx> {
  readonly run: (tx: Tx) => Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of a work, to be told once its group has ended. */
interface Outcome {
  readonly failed: boolean;
  readonly answer: () => void;
}

/**
 * Lets writes that wait at the same moment share one transaction and its one wait for the medium.
 * Works run one after the other, in the order they came, each isolated from the failures of the
 * others; each is answered only after the commit, and none where the commit fails or the database gives
 * the transaction up. After that works run alone for a while, so that those that cannot be done take no others with them.
 */
export class GroupCommit<Tx> {
  readonly #transaction: GroupTransaction<Tx>;
  readonly #maxSize: number;
  readonly #maxDurationMs: number;
  readonly #onCommit: GroupCommitOptions["onCommit"];
  readonly #waiting: Work<Tx>[] = [];
  #draining: Promise<void> | undefined;
  /** How many works are still to run each in a transaction of its own. */
  #alone = 0;

  constructor(
    transaction: GroupTransaction<Tx>,
    { maxSize = 256, maxDurationMs = 50, onCommit }: GroupCommitOptions = {},
  ) {
    this.#transaction = transaction;
    this.#maxSize = maxSize;
    this.#maxDurationMs = maxDurationMs;
    this.#onCommit = onCommit;
  }

  /** Resolves with the result of `work` once what it wrote is durable. */
  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ run: work, resolve: (result) => resolve(result as T), reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves once every work that was handed in has been answered. */
  async idle(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      // One turn of the event loop: whoever is about to write joins, and earlier answers leave first.
      await setImmediate();
      await this.#runGroup();
    }
    this.#draining = undefined;
  }

  async #runGroup(): Promise<void> {
    try {
      await this.#transaction.begin();
    } catch (error) {
      for (const work of this.#waiting.splice(0, this.#maxSize)) work.reject(error);
      return;
    }
    const group: Work<Tx>[] = [];
    try {
      await this.#finish(await this.#runWorks(group));
      this.#alone = Math.max(0, this.#alone - group.length);
    } catch (error) {
      // On a full medium one work that needs room would take all others with it, again and again.
      this.#alone = this.#maxSize;
      try {
        await this.#transaction.rollback();
      } catch {
        // The reason is known; a rollback that fails too has nothing to add to it.
      }
      for (const work of group) work.reject(error);
    }
  }

  /** Runs works until none waits, or the group is full; those taken stand in `group`. */
  async #runWorks(group: Work<Tx>[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const maxSize = this.#alone > 0 ? 1 : this.#maxSize;
    // Nothing else has its turn meanwhile, nobody is answered, and what is written is kept in memory.
    const deadline = performance.now() + this.#maxDurationMs;
    while (group.length < maxSize) {
      const work = this.#waiting.shift();
      if (work === undefined) break;
      group.push(work);
      // The first work has nothing before it to protect: its failure may take the whole transaction.
      const isFirst = outcomes.length === 0;
      const outcome = await this.#runWork(work, isFirst);
      outcomes.push(outcome);
      if ((isFirst && outcome.failed) || performance.now() >= deadline) break;
    }
    return outcomes;
  }

  async #runWork(work: Work<Tx>, isFirst: boolean): Promise<Outcome> {
    if (!isFirst) await this.#transaction.mark();
    const entered = this.#transaction.enter();
    let outcome: Outcome;
    try {
      const result = await work.run(entered.tx);
      outcome = { failed: false, answer: () => work.resolve(result) };
    } catch (error) {
      outcome = { failed: true, answer: () => work.reject(error) };
    }
    // A work that caught the failure of a call has still not written what it meant to.
    const failure = entered.leave();
    if (failure) {
      if (!outcome.failed) outcome = { failed: true, answer: () => work.reject(failure) };
      if (!this.#transaction.stands()) throw failure;
    }
    if (!isFirst && outcome.failed) await this.#transaction.undo();
    return outcome;
  }

  async #finish(outcomes: readonly Outcome[]): Promise<void> {
    const size = outcomes.filter(({ failed }) => !failed).length;
    const started = performance.now();
    await (size > 0 ? this.#transaction.commit(size) : this.#transaction.rollback());
    const report = { size, durationMs: performance.now() - started };
    for (const { answer } of outcomes) answer();
    // On its own, so that a listener that throws harms no work.
    if (size > 0 && this.#onCommit) queueMicrotask(() => this.#onCommit?.(report));
    await this.#transaction.tidy();
  }
}
