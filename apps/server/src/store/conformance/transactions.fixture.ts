import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { StoreClosedError, type Transaction } from "../port/store.js";
import { addModule, aggregateContent, essContent, sequenceContent, user } from "./contents.fixture.js";
import { type OpenStore, useStore } from "./use-store.fixture.js";

const all = { order: "asc", limit: 100 } as const;

/** What a unit of work may rely on while it runs, and what stays of it afterwards. */
export function describeTransactions(open: OpenStore): void {
  const subject = useStore(open);
  const failure = new Error("the unit of work changed its mind");

  it("a unit of work sees its own writes, and others see them only once they are durable", async () => {
    const { store } = subject;
    await store.transact(async (tx) => {
      await addModule(tx, "m", essContent({ embedding_input: 4 }));
      await tx.insertEss("m", aggregateContent([{ module_id: "m", id: 1 }]), 2);
      const entry = await tx.insertSequence("m", sequenceContent(), 3);
      await tx.insertUser(user("ada"));
      expect(await tx.module("m")).toMatchObject({ revision: 3, ess_count: 2, sequence_count: 1 });
      expect(await tx.modules({ order: "asc", limit: 5 })).toHaveLength(1);
      expect(await tx.ess("m", 1)).toMatchObject({ embedding_input: 4 });
      expect(await tx.hasEss("m", 1)).toBe(true);
      expect(await tx.essByEmbedding("m", 4)).toMatchObject({ id: 1 });
      expect(await tx.essPage("m", all)).toHaveLength(2);
      expect(await tx.aggregatesOf("m", 1, "m", all)).toHaveLength(1);
      expect(await tx.states("m", { limit: 5 })).toHaveLength(2);
      expect(await tx.sequence("m", 1)).toEqual(entry);
      expect(await tx.latestSequence("m")).toEqual(entry);
      expect(await tx.sequencePage("m", all)).toEqual([entry]);
      expect(await tx.sequenceEssPage("m", all)).toHaveLength(1);
      expect(await tx.changes("m", { after: 0, limit: 5 })).toHaveLength(3);
      expect(await tx.userByName("ada")).toEqual(await tx.user("id of ada"));
      expect(await store.module("m")).toBeUndefined();
      expect(await store.userByName("ada")).toBeUndefined();
    });
    expect(await store.module("m")).toMatchObject({ revision: 3 });
  });

  it("reads of one unit of work may overlap", async () => {
    const { store } = subject;
    await store.transact(async (tx) => {
      await addModule(tx, "a", essContent({ score: 1 }));
      await addModule(tx, "b", essContent({ score: 2 }));
    });
    const pages = await store.transact((tx) =>
      Promise.all(["a", "b", "a", "b"].map((moduleId) => tx.essPage(moduleId, all))),
    );
    expect(pages.map(([row]) => row!.score)).toEqual([1, 2, 1, 2]);
  });

  it("a unit of work that rejects leaves nothing, and its own rejection is passed on", async () => {
    const { store } = subject;
    await store.transact((tx) => addModule(tx, "m"));
    const before = await store.module("m");
    const rejecting = async (tx: Transaction) => {
      await tx.insertEss("m", essContent(), 9);
      await tx.updateEss("m", 1, essContent({ score: 9 }), 9);
      await tx.insertSequence("m", sequenceContent(), 9);
      await tx.insertModule("other", 1, 9);
      await tx.insertUser(user("ada"));
      throw failure;
    };
    await expect(store.transact(rejecting)).rejects.toBe(failure);
    await subject.reopen();
    expect(await subject.store.module("m")).toEqual(before);
    expect(await subject.store.essPage("m", all)).toMatchObject([{ id: 1, score: 0 }]);
    expect(await subject.store.sequencePage("m", all)).toEqual([]);
    expect(await subject.store.changes("m", { after: 0, limit: 9 })).toHaveLength(1);
    expect(await subject.store.module("other")).toBeUndefined();
    expect(await subject.store.userByName("ada")).toBeUndefined();
    expect(await subject.store.transact((tx) => tx.insertEss("m", essContent(), 9))).toMatchObject({
      id: 2,
      revision: 2,
    });
  });

  it("a unit of work that throws before it returns a promise rejects", async () => {
    const throwing = (): Promise<never> => {
      throw failure;
    };
    await expect(subject.store.transact(throwing)).rejects.toBe(failure);
    expect(await subject.store.transact(() => Promise.resolve("next"))).toBe("next");
  });

  it("a unit of work fails with its first failed call, even where it caught the error", async () => {
    const { store } = subject;
    await store.transact((tx) => addModule(tx, "m"));
    const stubborn = async (tx: Transaction) => {
      await tx.insertSequence("m", sequenceContent(), 2);
      await tx.insertModule("m", 1, 2).catch(() => undefined);
      await tx.insertSequence("m", sequenceContent(), 2).catch(() => undefined);
      return "done";
    };
    const units = [
      store.transact((tx) => tx.insertSequence("m", sequenceContent(), 2)),
      store.transact(stubborn),
      store.transact((tx) => tx.insertSequence("m", sequenceContent(), 2)),
    ];
    const outcomes = await Promise.allSettled(units);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await store.sequencePage("m", all)).toMatchObject([{ id: 1 }, { id: 2 }]);
    expect(await store.module("m")).toMatchObject({ revision: 3 });
  });

  it("units of work that wait together are isolated from each other's failures", async () => {
    const { store } = subject;
    await store.transact((tx) => addModule(tx, "m"));
    const units = Array.from({ length: 30 }, (_, index) =>
      store.transact(async (tx) => {
        await tx.insertSequence("m", sequenceContent({ context: `unit ${index}` }), index);
        await tx.insertModule(`module of ${index}`, 1, index);
        if (index % 3 === 0) throw failure;
        return index;
      }),
    );
    const outcomes = await Promise.allSettled(units);
    for (const [index, outcome] of outcomes.entries()) {
      const expected =
        index % 3 === 0 ? { status: "rejected", reason: failure } : { status: "fulfilled", value: index };
      expect(outcome).toEqual(expected);
    }
    const entries = await store.sequencePage("m", all);
    const survivors = Array.from({ length: 30 }, (_, index) => index).filter((index) => index % 3 !== 0);
    expect(entries.map(({ context }) => context)).toEqual(survivors.map((index) => `unit ${index}`));
    expect(entries.map(({ id }) => id)).toEqual(survivors.map((_, index) => index + 1));
    expect(await store.modules({ order: "asc", limit: 100 })).toHaveLength(survivors.length + 1);
  });

  it("units of work run one after the other: nothing read is old when it is written back", async () => {
    const { store } = subject;
    await store.transact((tx) => addModule(tx, "m"));
    const increment = async (tx: Transaction) => {
      const row = await tx.ess("m", 1);
      await tx.module("m");
      await tx.updateEss("m", 1, essContent({ score: row!.score + 1 }), 1);
    };
    await Promise.all(Array.from({ length: 64 }, () => store.transact(increment)));
    expect(await store.ess("m", 1)).toMatchObject({ score: 64, revision: 65 });
  });

  it("a state that was read is read anew once its update is acknowledged, and not before", async () => {
    const { store } = subject;
    await store.transact((tx) => addModule(tx, "m"));
    for (let score = 1; score <= 20; score++) {
      const before = await store.ess("m", 1);
      const updated = store.transact(async (tx) => {
        const row = await tx.updateEss("m", 1, essContent({ score }), score);
        expect(await tx.ess("m", 1)).toEqual(row);
        expect(await store.ess("m", 1)).toEqual(before);
        return row;
      });
      // Reads all the while, so that what is kept in memory, if anything is, is kept at the worst moment.
      let isUnderWay = true;
      const reading = (async () => {
        while (isUnderWay) {
          await store.ess("m", 1);
          await setImmediate();
        }
      })();
      const row = await updated;
      const after = await store.ess("m", 1);
      isUnderWay = false;
      await reading;
      expect(after).toEqual(row);
      expect(await store.transact((tx) => tx.ess("m", 1))).toEqual(row);
    }
  });

  it("an update that is rolled back leaves the state as it was read", async () => {
    const { store } = subject;
    await store.transact((tx) => addModule(tx, "m"));
    const before = await store.ess("m", 1);
    const units = [
      store.transact(async (tx) => {
        await tx.updateEss("m", 1, essContent({ score: 7 }), 2);
        await tx.insertEss("m", essContent({ score: 8 }), 2);
        expect(await tx.ess("m", 2)).toMatchObject({ score: 8 });
        throw failure;
      }),
      store.transact((tx) => tx.ess("m", 1)),
      store.transact((tx) => tx.insertEss("m", essContent({ score: 9 }), 3)),
    ];
    const [failed, seen] = await Promise.allSettled(units);
    expect(failed).toMatchObject({ status: "rejected", reason: failure });
    expect(seen).toMatchObject({ status: "fulfilled", value: before });
    expect(await store.ess("m", 1)).toEqual(before);
    expect(await store.ess("m", 2)).toMatchObject({ score: 9 });
  });

  it("a transaction rejects calls once its unit of work has ended", async () => {
    const { store } = subject;
    await store.transact((tx) => addModule(tx, "m"));
    let leaked: Transaction | undefined;
    await store.transact(async (tx) => {
      leaked = tx;
      await tx.insertSequence("m", sequenceContent(), 1);
    });
    await expect(leaked!.insertSequence("m", sequenceContent(), 2)).rejects.toThrow();
    await expect(leaked!.module("m")).rejects.toThrow();
    expect(await store.sequencePage("m", all)).toHaveLength(1);
  });

  it("what is acknowledged is read at once, and again after the store was opened anew", async () => {
    await subject.store.transact((tx) => addModule(tx, "m"));
    for (let round = 1; round <= 20; round += 1) {
      const { store } = subject;
      const row = await store.transact((tx) => tx.insertSequence("m", sequenceContent({ context: `${round}` }), round));
      expect(await store.latestSequence("m")).toEqual(row);
      expect(await store.module("m")).toMatchObject({ sequence_count: round, revision: round + 1 });
      if (round % 7 === 0) await subject.reopen();
      expect(await subject.store.sequence("m", round)).toEqual(row);
    }
  });

  it("ids are never given again, the newest one's neither, however often the store is opened", async () => {
    await subject.store.transact((tx) => addModule(tx, "m"));
    const insert = async () => (await subject.store.transact((tx) => tx.insertSequence("m", sequenceContent(), 1))).id;
    const remove = (id: number) => subject.store.transact((tx) => tx.deleteSequence("m", id, 1));
    expect([await insert(), await insert(), await insert()]).toEqual([1, 2, 3]);
    await remove(3);
    expect(await insert()).toBe(4);
    await remove(4);
    await remove(2);
    await remove(1);
    await subject.reopen();
    expect(await insert()).toBe(5);
    await remove(5);
    await subject.reopen();
    expect(await insert()).toBe(6);
  });

  it("close waits for the units of work that came before it and rejects those that come after", async () => {
    const { store } = subject;
    await store.transact((tx) => addModule(tx, "m"));
    const units = Array.from({ length: 10 }, () =>
      store.transact((tx) => tx.insertSequence("m", sequenceContent(), 1)),
    );
    const closing = store.close();
    await expect(store.transact((tx) => tx.module("m"))).rejects.toThrow(StoreClosedError);
    await expect(store.module("m")).rejects.toThrow(StoreClosedError);
    expect((await Promise.all(units)).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await closing;
    await store.close();
    await expect(store.transact((tx) => tx.module("m"))).rejects.toThrow(StoreClosedError);
    await expect(store.sequencePage("m", all)).rejects.toThrow(StoreClosedError);
    await subject.reopen();
    expect(await subject.store.sequencePage("m", all)).toHaveLength(10);
  });
}
