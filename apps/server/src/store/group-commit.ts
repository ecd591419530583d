import { setImmediate } from "node:timers/promises";

/** One transaction as one unit of work sees it. */
interface Entered<Tx> {
  readonly tx: Tx;
  /** Ends the unit's use of the transaction; returns the first error that one of its calls met. */
  leave(): Error | undefined;
}

/** The transactions of one connection, one at a time, with a savepoint inside to roll back to. */
export interface GroupTransaction<Tx> {
  begin(): Promise<void>;
  enter(): Entered<Tx>;
  /** Sets the savepoint, in place of the one before. */
  savepoint(): void | Promise<void>;
  /** Removes what was written since the savepoint. */
  rollbackToSavepoint(): void | Promise<void>;
  /**
   * Resolves once all that was written is durable.
   *
   * @param units How many units of work wait for it.
   */
  commit(units: number): Promise<void>;
  /** Does what is due between two transactions, while nobody waits but those that write next. */
  checkpoint(): Promise<void>;
  /** Ends the transaction without a trace; does nothing where none is active. */
  rollback(): void | Promise<void>;
  /** False when the database has rolled the transaction back by itself, as it may on the error of a call. */
  isActive(): boolean;
}

/** One commit, as metrics count it. */
export interface CommitReport {
  /** How many units of work it made durable. */
  readonly size: number;
  /** How long the commit itself took, in milliseconds. */
  readonly durationMs: number;
}

export interface GroupCommitOptions {
  /** How many units of work may share a commit; 256 by default. */
  readonly maxSize?: number;
  /** How long units of work may join a group, in milliseconds; 50 by default. */
  readonly maxDurationMs?: number;
  /** Called with each commit once it is durable. */
  readonly onCommit?: ((report: CommitReport) => void) | undefined;
}

interface UnitOfWork<Tx> {
  readonly run: (tx: Tx) => Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of a unit of work. Its promise is settled once its group has ended. */
interface Outcome {
  readonly failed: boolean;
  readonly settle: () => void;
}

/**
 * Lets writes that wait at the same moment share one transaction and its one wait for the disk.
 * Units of work run one after the other, in the order they came, each isolated from the failures of the
 * others. Each resolves only after the commit. Where the commit fails or the database rolls the transaction
 * back by itself, all of them reject. After that units run alone for a while, so that those that always fail
 * make no others fail.
 */
export class GroupCommit<Tx> {
  readonly #transaction: GroupTransaction<Tx>;
  readonly #maxSize: number;
  readonly #maxDurationMs: number;
  readonly #onCommit: GroupCommitOptions["onCommit"];
  readonly #waiting: UnitOfWork<Tx>[] = [];
  #draining: Promise<void> | undefined;
  /** How many units of work are still to run each in a transaction of its own. */
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

  /** Resolves with the result of a unit of work once what it wrote is durable. */
  run<T>(unitOfWork: (tx: Tx) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ run: unitOfWork, resolve: (result) => resolve(result as T), reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves once every unit of work that was handed in has been settled. */
  async idle(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      // One turn of the event loop: callers that are about to write join, and earlier replies are sent first.
      await setImmediate();
      await this.#runGroup();
    }
    this.#draining = undefined;
  }

  async #runGroup(): Promise<void> {
    try {
      await this.#transaction.begin();
    } catch (error) {
      for (const unit of this.#waiting.splice(0, this.#maxSize)) unit.reject(error);
      return;
    }
    const group: UnitOfWork<Tx>[] = [];
    try {
      await this.#finish(await this.#runGroupInOrder(group));
      this.#alone = Math.max(0, this.#alone - group.length);
    } catch (error) {
      // On a full disk one unit of work that needs space would make all others fail, again and again.
      this.#alone = this.#maxSize;
      try {
        await this.#transaction.rollback();
      } catch {
        // The reason is known; a rollback that fails too has nothing to add to it.
      }
      for (const unit of group) unit.reject(error);
    }
  }

  /** Runs units of work until none waits, or the group is full, and adds them to `group`. */
  async #runGroupInOrder(group: UnitOfWork<Tx>[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const maxSize = this.#alone > 0 ? 1 : this.#maxSize;
    // Nothing else has its turn meanwhile, nothing resolves, and what is written is kept in memory.
    const deadline = performance.now() + this.#maxDurationMs;
    while (group.length < maxSize) {
      const unit = this.#waiting.shift();
      if (unit === undefined) break;
      group.push(unit);
      // The first unit has nothing before it to protect: its failure may end the whole transaction.
      const isFirst = outcomes.length === 0;
      const outcome = await this.#runUnit(unit, isFirst);
      outcomes.push(outcome);
      if ((isFirst && outcome.failed) || performance.now() >= deadline) break;
    }
    return outcomes;
  }

  async #runUnit(unit: UnitOfWork<Tx>, isFirst: boolean): Promise<Outcome> {
    if (!isFirst) await this.#transaction.savepoint();
    const entered = this.#transaction.enter();
    let outcome: Outcome;
    try {
      const result = await unit.run(entered.tx);
      outcome = { failed: false, settle: () => unit.resolve(result) };
    } catch (error) {
      outcome = { failed: true, settle: () => unit.reject(error) };
    }
    // A unit that caught the failure of a call has still not written what it meant to.
    const failure = entered.leave();
    if (failure) {
      if (!outcome.failed) outcome = { failed: true, settle: () => unit.reject(failure) };
      if (!this.#transaction.isActive()) throw failure;
    }
    if (!isFirst && outcome.failed) await this.#transaction.rollbackToSavepoint();
    return outcome;
  }

  async #finish(outcomes: readonly Outcome[]): Promise<void> {
    const size = outcomes.filter(({ failed }) => !failed).length;
    const started = performance.now();
    await (size > 0 ? this.#transaction.commit(size) : this.#transaction.rollback());
    const report = { size, durationMs: performance.now() - started };
    for (const { settle } of outcomes) settle();
    // On its own, so that a listener that throws harms no unit of work.
    if (size > 0 && this.#onCommit) queueMicrotask(() => this.#onCommit?.(report));
    await this.#transaction.checkpoint();
  }
}
