import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import SyncDatabase from "libsql";
import PromiseDatabase from "libsql/promise";
import { StoreClosedError, StoreDamagedError, StoreFailedError } from "../../port/store.js";
import { toStoreError } from "./storage-errors.js";
import { WriteLog } from "./write-log.js";

/** A value as SQLite takes and gives it; whole numbers stay below 2^53. */
export type SqlValue = string | number | Uint8Array | null;

/** One row: the values of its columns, in the order of the query. */
export type SqlRow = readonly SqlValue[];

interface NativeStatement {
  readonly reader: boolean;
  raw(on: boolean): NativeStatement;
  run(parameters: readonly SqlValue[]): { readonly changes: number };
  get(parameters: readonly SqlValue[]): SqlRow | undefined;
  all(parameters: readonly SqlValue[]): SqlRow[];
  iterate(parameters: readonly SqlValue[]): IterableIterator<SqlRow>;
}

interface NativeDatabase {
  readonly inTransaction: boolean;
  prepare(sql: string): NativeStatement;
  exec(sql: string): void;
  close(): void;
}

// The driver's own types are `any`. Both of its classes wrap the same native handle in `db`, so the
// asynchronous `exec` of the one, which runs on another thread, also works on an instance of the other.
const NativeDatabase = SyncDatabase as unknown as new (path: string, options: object) => NativeDatabase;
const { prototype: offThread } = PromiseDatabase as unknown as { prototype: { exec(sql: string): Promise<void> } };

/** A prepared statement. Parameters are positional; each call leaves the statement reset. */
export class Statement {
  readonly #prepare: () => NativeStatement;
  #native: NativeStatement | undefined;
  /**
   * Whether it is to be made before its next use. The driver does not reset a statement that fails in `get`, so that it
   * would fail ever after; and what a statement is made of may lie in damaged pages, which concerns its users alone.
   */
  #isSpent = false;
  #isDiscarded = false;
  readonly #toError: (error: unknown) => unknown;
  readonly #log: WriteLog | undefined;

  /**
   * @param prepare Makes the native statement, at once and again where one is spent.
   * @param toError What the connection makes of an error of the driver's.
   * @param log Takes each run of a statement that writes, whose parameters must not be changed afterwards.
   */
  constructor(prepare: () => NativeStatement, toError: (error: unknown) => unknown, log?: WriteLog) {
    this.#prepare = prepare;
    this.#toError = toError;
    this.#log = log;
    try {
      this.#native = prepare();
    } catch (error) {
      if (!(error instanceof StoreDamagedError)) throw error;
      this.#isSpent = true;
    }
  }

  /** Returns the first row. */
  get(parameters: readonly SqlValue[]): SqlRow | undefined {
    try {
      const row = this.#open().get(parameters);
      this.#log?.record(() => this.get(parameters));
      return row;
    } catch (error) {
      this.#isSpent = true;
      throw this.#toError(error);
    }
  }

  /** Returns all rows. */
  all(parameters: readonly SqlValue[]): SqlRow[] {
    try {
      const rows = this.#open().all(parameters);
      this.#log?.record(() => this.all(parameters));
      return rows;
    } catch (error) {
      throw this.#toError(error);
    }
  }

  /** Yields the rows as they are asked for, so that memory stays flat; to be walked to the end. For reads alone. */
  *iterate(parameters: readonly SqlValue[] = []): Generator<SqlRow> {
    try {
      yield* this.#open().iterate(parameters);
    } catch (error) {
      throw this.#toError(error);
    }
  }

  /** Returns how many rows it changed. */
  run(parameters: readonly SqlValue[] = []): number {
    try {
      const { changes } = this.#open().run(parameters);
      this.#log?.record(() => this.run(parameters));
      return changes;
    } catch (error) {
      throw this.#toError(error);
    }
  }

  /** Releases the native statement, which keeps its connection open for as long as it lives. */
  discard(): void {
    this.#native = undefined;
    this.#isDiscarded = true;
  }

  #open(): NativeStatement {
    if (this.#isDiscarded) throw new StoreClosedError("the store is closed");
    if (this.#native === undefined || this.#isSpent) {
      this.#native = this.#prepare();
      this.#isSpent = false;
    }
    return this.#native;
  }
}

/**
 * One connection to a database file. All calls run on the calling thread but `execOffThread`; while
 * that is under way nothing else may run on the connection.
 */
export class Connection {
  /** What its statements write. What `exec` does is not in it. */
  readonly writes = new WriteLog();
  readonly #native: NativeDatabase;
  readonly #path: string;
  readonly #statements: Statement[] = [];

  /** Creates the file where it is missing. */
  constructor(path: string) {
    this.#native = new NativeDatabase(path, {});
    this.#path = path;
    // What moves the log into the database has to see to the checksums of its pages first: see `LogMover`.
    this.#native.exec("PRAGMA wal_autocheckpoint = 0");
  }

  get inTransaction(): boolean {
    return this.#native.inTransaction;
  }

  prepare(sql: string): Statement {
    const log = /^\s*SELECT\b/i.test(sql) ? undefined : this.writes;
    const statement = new Statement(
      () => this.#prepare(sql),
      (error) => this.#toError(error),
      log,
    );
    this.#statements.push(statement);
    return statement;
  }

  /** Runs statements whose rows nobody needs. */
  exec(sql: string): void {
    try {
      this.#native.exec(sql);
    } catch (error) {
      throw this.#toError(error);
    }
  }

  /** The same on another thread, so that waiting for the disk blocks nobody. */
  async execOffThread(sql: string): Promise<void> {
    try {
      await offThread.exec.call(this.#native, sql);
    } catch (error) {
      throw this.#toError(error);
    }
  }

  /** The first value that a statement gives; for pragmas and other rare questions. */
  value(sql: string): SqlValue | undefined {
    const statement = new Statement(
      () => this.#prepare(sql),
      (error) => this.#toError(error),
    );
    const row = statement.get([]);
    statement.discard();
    return row?.[0];
  }

  close(): void {
    for (const statement of this.#statements) statement.discard();
    this.#native.close();
  }

  #toError(error: unknown): unknown {
    const converted = toStoreError(error, this.#path);
    if (converted instanceof StoreDamagedError || converted instanceof StoreFailedError) this.#forgetPages();
    return converted;
  }

  /** A page that could not be read stays in SQLite's cache as if it were empty, for good. */
  #forgetPages(): void {
    try {
      this.#native.exec("PRAGMA shrink_memory");
    } catch {
      // The next call meets the same again.
    }
  }

  #prepare(sql: string): NativeStatement {
    try {
      const statement = this.#native.prepare(sql);
      return statement.reader ? statement.raw(true) : statement;
    } catch (error) {
      throw this.#toError(error);
    }
  }
}

/**
 * Resolves once the files of closed connections are closed too. The driver keeps them open until the statements are
 * collected as garbage, and a connection that is opened meanwhile shares what it knows of them.
 *
 * @param areReleased Whether they are closed, where that can be seen: then no more is collected than it takes. All garbage of a
 * large heap takes a tenth of a second, the young one a millisecond.
 */
export async function releaseFiles(areReleased: () => boolean = () => false): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (options?: { readonly type: "minor" }) => void;
  // With `type: "major"` V8 leaves statements that nobody holds: only without options all garbage goes.
  for (const options of [{ type: "minor" } as const, undefined, undefined]) {
    collect(options);
    // Finalizers run on a later turn of the event loop.
    await setImmediate();
    if (areReleased()) return;
  }
}
