import { describe, expect, it } from "vitest";
import { type CommitReport, GroupCommit, type GroupCommitOptions, type GroupTransaction } from "./group-commit.js";

type Failing = "begin" | "savepoint" | "rollbackToSavepoint" | "commit" | "rollback";

/** Appends to a list that is visible to others after the commit alone, and fails where a test wants it to. */
class FakeTransaction implements GroupTransaction<FakeTx> {
  readonly durable: string[] = [];
  readonly calls: string[] = [];
  /** How much was durable at each checkpoint. */
  readonly checkpoints: number[] = [];
  readonly failing = new Set<Failing>();
  #written: string[] | undefined;
  #savepoint = 0;

  begin = async (): Promise<void> => {
    this.#call("begin");
    if (this.#written) throw new Error("a transaction is active already");
    this.#written = [];
  };
  enter = () => {
    let failure: Error | undefined;
    const write = (text: string): void => {
      if (text === "gives up") this.#written = undefined;
      if (text === "gives up" || text === "fails") {
        failure = new Error(text);
        throw failure;
      }
      this.#written!.push(text);
    };
    return { tx: { write }, leave: () => failure };
  };
  savepoint = (): void => {
    this.#call("savepoint");
    this.#savepoint = this.#written!.length;
  };
  rollbackToSavepoint = (): void => {
    this.#call("rollbackToSavepoint");
    this.#written!.length = this.#savepoint;
  };
  commit = async (): Promise<void> => {
    this.#call("commit");
    await new Promise((resolve) => setImmediate(resolve));
    this.durable.push(...this.#written!);
    this.#written = undefined;
  };
  checkpoint = async (): Promise<void> => {
    this.checkpoints.push(this.durable.length);
  };
  rollback = (): void => {
    this.#written = undefined;
    this.#call("rollback");
  };
  isActive = (): boolean => this.#written !== undefined;

  #call(name: Failing): void {
    this.calls.push(name);
    if (this.failing.has(name)) throw new Error(`${name} failed`);
  }
}

interface FakeTx {
  write(text: string): void;
}

/** Groups that a slow machine does not cut short by default. */
function setUp(options: Omit<GroupCommitOptions, "onCommit"> = {}) {
  const transaction = new FakeTransaction();
  const reports: CommitReport[] = [];
  const onCommit = (report: CommitReport) => void reports.push(report);
  const commits = new GroupCommit<FakeTx>(transaction, { maxDurationMs: Infinity, ...options, onCommit });
  const write = (text: string) =>
    commits.run(async (tx) => {
      tx.write(text);
      return text;
    });
  return { transaction, commits, write, sizes: () => reports.map(({ size }) => size), reports };
}

/** `ok` or the text of the error, for each. */
async function outcomes(units: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(units);
  return settled.map((each) => (each.status === "fulfilled" ? "ok" : (each.reason as Error).message));
}

describe("sharing", () => {
  it("a unit of work alone takes one transaction and no savepoint", async () => {
    const { transaction, write, sizes, commits } = setUp();
    expect(await write("a")).toBe("a");
    await commits.idle();
    expect(transaction.calls).toEqual(["begin", "commit"]);
    expect(sizes()).toEqual([1]);
  });

  it("units of work that wait together share a commit, in the order they came", async () => {
    const { transaction, write, sizes } = setUp();
    expect(await outcomes(["a", "b", "c"].map(write))).toEqual(["ok", "ok", "ok"]);
    expect(transaction.durable).toEqual(["a", "b", "c"]);
    expect(transaction.calls).toEqual(["begin", "savepoint", "savepoint", "commit"]);
    expect(sizes()).toEqual([3]);
  });

  it("units of work that come while others run join their group, those that come during the commit do not", async () => {
    const { commits, write, sizes, transaction } = setUp();
    const { commit } = transaction;
    let late: Promise<string> | undefined;
    transaction.commit = () => {
      late ??= write("late");
      return commit();
    };
    let joined: Promise<string> | undefined;
    await commits.run(async (tx) => {
      tx.write("first");
      await Promise.resolve();
      joined = write("joined");
    });
    await Promise.all([joined, late]);
    expect(transaction.durable).toEqual(["first", "joined", "late"]);
    expect(sizes()).toEqual([2, 1]);
  });

  it("a group takes at most maxSize units of work", async () => {
    const { write, sizes } = setUp({ maxSize: 4 });
    await Promise.all(Array.from({ length: 10 }, (_, index) => write(String(index))));
    expect(sizes()).toEqual([4, 4, 2]);
  });

  it("a group takes no more units of work after maxDurationMs", async () => {
    const { write, sizes } = setUp({ maxDurationMs: 0 });
    await Promise.all(["a", "b", "c"].map(write));
    expect(sizes()).toEqual([1, 1, 1]);
  });

  it("no unit of work settles before the commit", async () => {
    const { transaction, write, commits } = setUp();
    const settled: string[] = [];
    const { commit } = transaction;
    transaction.commit = async () => {
      await commit();
      settled.push("committed");
    };
    const note = (text: string) =>
      write(text).then(
        () => settled.push(text),
        () => settled.push(text),
      );
    await Promise.all([note("a"), note("fails"), note("b")]);
    await commits.idle();
    expect(settled).toEqual(["committed", "a", "fails", "b"]);
  });

  it("there is a checkpoint between two transactions, after the units have settled, and idle waits for it", async () => {
    const { transaction, write, commits } = setUp({ maxSize: 2 });
    const settled: string[] = [];
    const { checkpoint } = transaction;
    transaction.checkpoint = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      settled.push("checkpoint");
      await checkpoint();
    };
    const units = ["a", "b", "c"].map(async (text) => settled.push(await write(text)));
    await commits.idle();
    expect(transaction.checkpoints).toEqual([2, 3]);
    await Promise.all(units);
    expect(settled).toEqual(["a", "b", "checkpoint", "c", "checkpoint"]);
  });

  it("idle waits for all that was handed in", async () => {
    const { transaction, write, commits } = setUp({ maxSize: 1 });
    const units = ["a", "b", "c"].map(write);
    await commits.idle();
    expect(transaction.durable).toEqual(["a", "b", "c"]);
    expect(await outcomes(units)).toEqual(["ok", "ok", "ok"]);
    await commits.idle();
  });
});

describe("failures of units of work", () => {
  it("a unit of work that fails rolls back what it wrote, and nothing of the others", async () => {
    const { transaction, commits, write, sizes } = setUp();
    const halfWay = commits.run(async (tx) => {
      tx.write("half");
      throw new Error("changed its mind");
    });
    const units = [write("a"), halfWay, write("b"), write("fails"), write("c")];
    expect(await outcomes(units)).toEqual(["ok", "changed its mind", "ok", "fails", "ok"]);
    expect(transaction.durable).toEqual(["a", "b", "c"]);
    expect(sizes()).toEqual([3]);
  });

  it("after a first unit of work that fails the next ones get a new transaction", async () => {
    const { transaction, write, sizes } = setUp();
    expect(await outcomes(["fails", "fails", "a"].map(write))).toEqual(["fails", "fails", "ok"]);
    expect(transaction.durable).toEqual(["a"]);
    expect(transaction.calls).toEqual(["begin", "rollback", "begin", "rollback", "begin", "commit"]);
    expect(sizes()).toEqual([1]);
  });

  it("a unit of work that hides the failure of its call rejects with it", async () => {
    const { transaction, commits, write } = setUp();
    const hiding = commits.run(async (tx) => {
      tx.write("half");
      try {
        tx.write("fails");
      } catch {
        return "fine";
      }
      return "fine";
    });
    expect(await outcomes([write("a"), hiding])).toEqual(["ok", "fails"]);
    expect(transaction.durable).toEqual(["a"]);
  });

  it("a unit of work that throws at once rejects", async () => {
    const { commits, write } = setUp();
    const throwing = commits.run(() => {
      throw new Error("at once");
    });
    expect(await outcomes([throwing, write("a")])).toEqual(["at once", "ok"]);
  });

  it("a listener that throws harms no unit of work", async () => {
    const caught: unknown[] = [];
    const listener = (error: unknown) => void caught.push(error);
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException").on("uncaughtException", listener);
    const failure = new Error("listener");
    const commits = new GroupCommit<FakeTx>(new FakeTransaction(), {
      onCommit: () => {
        throw failure;
      },
    });
    expect(await commits.run(() => Promise.resolve(1))).toBe(1);
    expect(await commits.run(() => Promise.resolve(2))).toBe(2);
    await new Promise((resolve) => setImmediate(resolve));
    process.removeListener("uncaughtException", listener);
    for (const other of others) process.on("uncaughtException", other);
    expect(caught).toEqual([failure, failure]);
  });
});

describe("failures of the database", () => {
  it("a transaction that does not begin rejects the units that wait, and the next ones are served", async () => {
    const { transaction, write } = setUp();
    transaction.failing.add("begin");
    expect(await outcomes(["a", "b"].map(write))).toEqual(["begin failed", "begin failed"]);
    transaction.failing.clear();
    expect(await write("c")).toBe("c");
    expect(transaction.durable).toEqual(["c"]);
  });

  it("a commit that fails acknowledges nothing, and the next ones are served", async () => {
    const { transaction, write, sizes } = setUp();
    transaction.failing.add("commit").add("rollback");
    expect(await outcomes(["a", "x", "b"].map(write))).toEqual(["commit failed", "commit failed", "commit failed"]);
    transaction.failing.clear();
    expect(await outcomes(["c", "d"].map(write))).toEqual(["ok", "ok"]);
    expect(transaction.durable).toEqual(["c", "d"]);
    expect(sizes()).toEqual([1, 1]);
  });

  it("a transaction that the database rolled back by itself acknowledges none of its units of work", async () => {
    const { transaction, write, sizes } = setUp();
    const units = ["a", "b", "gives up", "c"].map(write);
    expect(await outcomes(units)).toEqual(["gives up", "gives up", "gives up", "ok"]);
    expect(transaction.durable).toEqual(["c"]);
    expect(sizes()).toEqual([1]);
  });

  it("after a group that was lost units of work run alone, so that none makes another fail, and then together again", async () => {
    const { write, sizes } = setUp({ maxSize: 3 });
    expect(await outcomes(["a", "gives up"].map(write))).toEqual(["gives up", "gives up"]);
    expect(await outcomes(["b", "gives up", "c"].map(write))).toEqual(["ok", "gives up", "ok"]);
    expect(await outcomes(["d", "e", "f", "g"].map(write))).toEqual(["ok", "ok", "ok", "ok"]);
    expect(sizes()).toEqual([1, 1, 1, 1, 2]);
  });

  it.each(["savepoint", "rollbackToSavepoint"] as const)(
    "a %s that fails acknowledges none of the group",
    async (failing) => {
      const { transaction, write } = setUp();
      transaction.failing.add(failing);
      const units = ["a", failing === "rollbackToSavepoint" ? "fails" : "b"].map(write);
      expect(await outcomes(units)).toEqual([`${failing} failed`, `${failing} failed`]);
      transaction.failing.clear();
      expect(await write("c")).toBe("c");
      expect(transaction.durable).toEqual(["c"]);
    },
  );
});
