import { describe, expect, test } from "vitest";
import { type CommitReport, GroupCommit, type GroupCommitOptions, type GroupTransaction } from "./group-commit.js";

type Failing = "begin" | "mark" | "undo" | "commit" | "rollback";

/** Appends to a list that is told to others on commit alone, and fails where it is told to. */
class FakeTransaction implements GroupTransaction<FakeTx> {
  readonly durable: string[] = [];
  readonly calls: string[] = [];
  /** How much was durable whenever there was time to tidy. */
  readonly tidied: number[] = [];
  readonly failing = new Set<Failing>();
  #written: string[] | undefined;
  #mark = 0;

  begin = async (): Promise<void> => {
    this.#call("begin");
    if (this.#written) throw new Error("a transaction stands already");
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
  mark = (): void => {
    this.#call("mark");
    this.#mark = this.#written!.length;
  };
  undo = (): void => {
    this.#call("undo");
    this.#written!.length = this.#mark;
  };
  commit = async (): Promise<void> => {
    this.#call("commit");
    await new Promise((resolve) => setImmediate(resolve));
    this.durable.push(...this.#written!);
    this.#written = undefined;
  };
  tidy = async (): Promise<void> => {
    this.tidied.push(this.durable.length);
  };
  rollback = (): void => {
    this.#written = undefined;
    this.#call("rollback");
  };
  stands = (): boolean => this.#written !== undefined;

  #call(name: Failing): void {
    this.calls.push(name);
    if (this.failing.has(name)) throw new Error(`${name} failed`);
  }
}

interface FakeTx {
  write(text: string): void;
}

/** Groups that a slow machine does not cut short, unless told. */
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
async function outcomes(works: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(works);
  return settled.map((each) => (each.status === "fulfilled" ? "ok" : (each.reason as Error).message));
}

describe("sharing", () => {
  test("one work alone takes one transaction and no mark", async () => {
    const { transaction, write, sizes, commits } = setUp();
    expect(await write("a")).toBe("a");
    await commits.idle();
    expect(transaction.calls).toEqual(["begin", "commit"]);
    expect(sizes()).toEqual([1]);
  });

  test("works that wait together share a commit, in the order they came", async () => {
    const { transaction, write, sizes } = setUp();
    expect(await outcomes(["a", "b", "c"].map(write))).toEqual(["ok", "ok", "ok"]);
    expect(transaction.durable).toEqual(["a", "b", "c"]);
    expect(transaction.calls).toEqual(["begin", "mark", "mark", "commit"]);
    expect(sizes()).toEqual([3]);
  });

  test("works that come while others run join them, those that come during the commit do not", async () => {
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

  test("a group takes at most so many works", async () => {
    const { write, sizes } = setUp({ maxSize: 4 });
    await Promise.all(Array.from({ length: 10 }, (_, index) => write(String(index))));
    expect(sizes()).toEqual([4, 4, 2]);
  });

  test("a group that has taken its time takes no more works", async () => {
    const { write, sizes } = setUp({ maxDurationMs: 0 });
    await Promise.all(["a", "b", "c"].map(write));
    expect(sizes()).toEqual([1, 1, 1]);
  });

  test("nobody is answered before the commit", async () => {
    const { transaction, write, commits } = setUp();
    const answered: string[] = [];
    const { commit } = transaction;
    transaction.commit = async () => {
      await commit();
      answered.push("committed");
    };
    const note = (text: string) =>
      write(text).then(
        () => answered.push(text),
        () => answered.push(text),
      );
    await Promise.all([note("a"), note("fails"), note("b")]);
    await commits.idle();
    expect(answered).toEqual(["committed", "a", "fails", "b"]);
  });

  test("between two transactions there is time to tidy, after the answers, and idle waits for it", async () => {
    const { transaction, write, commits } = setUp({ maxSize: 2 });
    const answered: string[] = [];
    const { tidy } = transaction;
    transaction.tidy = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      answered.push("tidy");
      await tidy();
    };
    const works = ["a", "b", "c"].map(async (text) => answered.push(await write(text)));
    await commits.idle();
    expect(transaction.tidied).toEqual([2, 3]);
    await Promise.all(works);
    expect(answered).toEqual(["a", "b", "tidy", "c", "tidy"]);
  });

  test("idle waits for all that was handed in", async () => {
    const { transaction, write, commits } = setUp({ maxSize: 1 });
    const works = ["a", "b", "c"].map(write);
    await commits.idle();
    expect(transaction.durable).toEqual(["a", "b", "c"]);
    expect(await outcomes(works)).toEqual(["ok", "ok", "ok"]);
    await commits.idle();
  });
});

describe("failures of works", () => {
  test("a work that fails takes back what it wrote, and no other's", async () => {
    const { transaction, commits, write, sizes } = setUp();
    const halfWay = commits.run(async (tx) => {
      tx.write("half");
      throw new Error("changed its mind");
    });
    const works = [write("a"), halfWay, write("b"), write("fails"), write("c")];
    expect(await outcomes(works)).toEqual(["ok", "changed its mind", "ok", "fails", "ok"]);
    expect(transaction.durable).toEqual(["a", "b", "c"]);
    expect(sizes()).toEqual([3]);
  });

  test("a first work that fails leaves the next ones a new transaction", async () => {
    const { transaction, write, sizes } = setUp();
    expect(await outcomes(["fails", "fails", "a"].map(write))).toEqual(["fails", "fails", "ok"]);
    expect(transaction.durable).toEqual(["a"]);
    expect(transaction.calls).toEqual(["begin", "rollback", "begin", "rollback", "begin", "commit"]);
    expect(sizes()).toEqual([1]);
  });

  test("a work that hides the failure of its call is refused with it", async () => {
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

  test("a work that throws at once is refused", async () => {
    const { commits, write } = setUp();
    const throwing = commits.run(() => {
      throw new Error("at once");
    });
    expect(await outcomes([throwing, write("a")])).toEqual(["at once", "ok"]);
  });

  test("a listener that throws harms no work", async () => {
    const heard: unknown[] = [];
    const listener = (error: unknown) => void heard.push(error);
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
    expect(heard).toEqual([failure, failure]);
  });
});

describe("failures of the database", () => {
  test("a transaction that does not begin refuses those that wait, and the next ones are served", async () => {
    const { transaction, write } = setUp();
    transaction.failing.add("begin");
    expect(await outcomes(["a", "b"].map(write))).toEqual(["begin failed", "begin failed"]);
    transaction.failing.clear();
    expect(await write("c")).toBe("c");
    expect(transaction.durable).toEqual(["c"]);
  });

  test("a commit that fails acknowledges nothing, and the next ones are served", async () => {
    const { transaction, write, sizes } = setUp();
    transaction.failing.add("commit").add("rollback");
    expect(await outcomes(["a", "x", "b"].map(write))).toEqual(["commit failed", "commit failed", "commit failed"]);
    transaction.failing.clear();
    expect(await outcomes(["c", "d"].map(write))).toEqual(["ok", "ok"]);
    expect(transaction.durable).toEqual(["c", "d"]);
    expect(sizes()).toEqual([1, 1]);
  });

  test("a transaction that the database gave up acknowledges none of its works", async () => {
    const { transaction, write, sizes } = setUp();
    const works = ["a", "b", "gives up", "c"].map(write);
    expect(await outcomes(works)).toEqual(["gives up", "gives up", "gives up", "ok"]);
    expect(transaction.durable).toEqual(["c"]);
    expect(sizes()).toEqual([1]);
  });

  test("after a group that was lost works run alone, so that none takes another with it, and then together again", async () => {
    const { write, sizes } = setUp({ maxSize: 3 });
    expect(await outcomes(["a", "gives up"].map(write))).toEqual(["gives up", "gives up"]);
    expect(await outcomes(["b", "gives up", "c"].map(write))).toEqual(["ok", "gives up", "ok"]);
    expect(await outcomes(["d", "e", "f", "g"].map(write))).toEqual(["ok", "ok", "ok", "ok"]);
    expect(sizes()).toEqual([1, 1, 1, 1, 2]);
  });

  test.each(["mark", "undo"] as const)("a %s that fails acknowledges none of the group", async (failing) => {
    const { transaction, write } = setUp();
    transaction.failing.add(failing);
    const works = ["a", failing === "undo" ? "fails" : "b"].map(write);
    expect(await outcomes(works)).toEqual([`${failing} failed`, `${failing} failed`]);
    transaction.failing.clear();
    expect(await write("c")).toBe("c");
    expect(transaction.durable).toEqual(["c"]);
  });
});
