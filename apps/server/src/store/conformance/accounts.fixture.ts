import { expect, it } from "vitest";
import type { SessionRow } from "../port/rows.js";
import type { Transaction } from "../port/store.js";
import { user } from "./contents.fixture.js";
import { type OpenStore, useStore } from "./use-store.fixture.js";

/** Users and their sessions. */
export function describeAccounts(open: OpenStore): void {
  const subject = useStore(open);
  const ada = user("ada");
  const zoe = user("Zo\u00eb \u{1f600}");
  const sessionOf = ({ user_id }: typeof ada, byte: number, created_at: number, last_used_at: number): SessionRow => ({
    token_hash: new Uint8Array(32).fill(byte),
    user_id,
    created_at,
    last_used_at,
  });
  const hash = (byte: number) => new Uint8Array(32).fill(byte);

  it("a user is found by id and by exact name", async () => {
    await subject.store.transact(async (tx) => {
      await tx.insertUser(ada);
      await tx.insertUser(zoe);
    });
    await subject.reopen();
    const { store } = subject;
    expect(await store.user(ada.user_id)).toEqual(ada);
    expect(await store.userByName("ada")).toEqual(ada);
    expect(await store.userByName(zoe.username)).toEqual(zoe);
    expect(await store.userByName("Ada")).toBeUndefined();
    expect(await store.user("ada")).toBeUndefined();
  });

  it("ids and names of users are unique", async () => {
    const { store } = subject;
    await store.transact((tx) => tx.insertUser(ada));
    await expect(store.transact((tx) => tx.insertUser({ ...zoe, username: "ada" }))).rejects.toThrow();
    await expect(store.transact((tx) => tx.insertUser({ ...zoe, user_id: ada.user_id }))).rejects.toThrow();
    expect(await store.user(ada.user_id)).toEqual(ada);
    expect(await store.user(zoe.user_id)).toBeUndefined();
  });

  it("a password is replaced for one user alone", async () => {
    const { store } = subject;
    await store.transact(async (tx) => {
      await tx.insertUser(ada);
      await tx.insertUser(zoe);
      await tx.updatePassword(ada.user_id, "another hash");
    });
    expect(await store.user(ada.user_id)).toEqual({ ...ada, password_hash: "another hash" });
    expect(await store.user(zoe.user_id)).toEqual(zoe);
  });

  it("role and disabling are set for one user alone", async () => {
    const { store } = subject;
    await store.transact(async (tx) => {
      await tx.insertUser(ada);
      await tx.insertUser(zoe);
      await tx.insertSession(sessionOf(ada, 1, 1, 1));
      await tx.updateUser(ada.user_id, { role: "reader", disabled: true });
    });
    await subject.reopen();
    const changed = { ...ada, role: "reader", disabled: true };
    expect(await subject.store.user(ada.user_id)).toEqual(changed);
    expect(await subject.store.session(hash(1))).toMatchObject({ user: changed });
    expect(await subject.store.user(zoe.user_id)).toEqual(zoe);
  });

  it("a session is found with its user, and touched", async () => {
    const { store } = subject;
    const session = sessionOf(ada, 1, 10, 20);
    await store.transact(async (tx) => {
      await tx.insertUser(ada);
      await tx.insertSession(session);
    });
    expect(await store.session(hash(1))).toEqual({ session, user: ada });
    expect(await store.session(hash(2))).toBeUndefined();
    await store.transact((tx) => tx.touchSession(hash(1), 30));
    expect(await store.session(hash(1))).toEqual({ session: { ...session, last_used_at: 30 }, user: ada });
    await store.transact((tx) => tx.touchSession(hash(2), 30));
    expect(await store.session(hash(2))).toBeUndefined();
  });

  it("a session needs its user and its own token", async () => {
    const { store } = subject;
    await expect(store.transact((tx) => tx.insertSession(sessionOf(ada, 1, 1, 1)))).rejects.toThrow();
    await store.transact(async (tx) => {
      await tx.insertUser(ada);
      await tx.insertSession(sessionOf(ada, 1, 1, 1));
    });
    await expect(store.transact((tx) => tx.insertSession(sessionOf(ada, 1, 2, 2)))).rejects.toThrow();
    expect((await store.session(hash(1)))!.session.created_at).toBe(1);
  });

  it("sessions are deleted one by one, by user, and by age", async () => {
    const { store } = subject;
    const left = async () => {
      const found = await Promise.all([1, 2, 3, 4, 5].map((byte) => store.session(hash(byte))));
      return found.flatMap((each) => (each ? [each.session.token_hash[0]] : []));
    };
    await store.transact(async (tx) => {
      await tx.insertUser(ada);
      await tx.insertUser(zoe);
      await tx.insertSession(sessionOf(ada, 1, 100, 100));
      await tx.insertSession(sessionOf(ada, 2, 100, 200));
      await tx.insertSession(sessionOf(zoe, 3, 200, 200));
      await tx.insertSession(sessionOf(zoe, 4, 200, 199));
      await tx.insertSession(sessionOf(zoe, 5, 199, 200));
    });
    await store.transact((tx) => tx.deleteSession(hash(1)));
    await store.transact((tx) => tx.deleteSession(hash(1)));
    expect(await left()).toEqual([2, 3, 4, 5]);
    expect(await store.transact((tx) => tx.deleteExpiredSessions(200, 0))).toBe(2);
    expect(await left()).toEqual([3, 4]);
    expect(await store.transact((tx) => tx.deleteExpiredSessions(0, 200))).toBe(1);
    expect(await store.transact((tx) => tx.deleteExpiredSessions(200, 200))).toBe(0);
    expect(await left()).toEqual([3]);
    await store.transact((tx) => tx.deleteSessionsOf(ada.user_id));
    expect(await left()).toEqual([3]);
    await store.transact((tx) => tx.deleteSessionsOf(zoe.user_id));
    expect(await left()).toEqual([]);
  });

  it("a write that takes something from a credential is counted before it is acknowledged, and no other write is", async () => {
    const { store } = subject;
    const key = {
      key_id: "k",
      token_hash: hash(9),
      user_id: ada.user_id,
      name: "meter",
      hint: "ecak_abc",
      role: "reader",
      modules: null,
      created_at: 1,
      expires_at: null,
      last_used_at: null,
    } as const;
    await store.transact(async (tx) => {
      await tx.insertUser(ada);
      await tx.insertSession(sessionOf(ada, 1, 1, 1));
      await tx.insertSession(sessionOf(ada, 2, 1, 1));
      await tx.insertKey(key);
    });
    const counts = async (unitOfWork: (tx: Transaction) => Promise<unknown>): Promise<boolean> => {
      const before = store.revocations();
      let within: number | undefined;
      await store.transact(async (tx) => {
        await unitOfWork(tx);
        within = store.revocations();
      });
      // Nothing is taken as long as a read still finds it.
      expect(within).toBe(before);
      return store.revocations() > before;
    };
    expect(await counts((tx) => tx.updateUser(ada.user_id, { role: "reader", disabled: false }))).toBe(true);
    expect(await counts((tx) => tx.deleteSession(hash(1)))).toBe(true);
    expect(await counts((tx) => tx.deleteSessionsOf(ada.user_id))).toBe(true);
    expect(await counts((tx) => tx.replaceToken("k", hash(8), "ecak_def"))).toBe(true);
    expect(await counts((tx) => tx.deleteKey("k"))).toBe(true);
    expect(await counts((tx) => tx.insertSession(sessionOf(ada, 3, 1, 1)))).toBe(false);
    expect(await counts((tx) => tx.touchSession(hash(3), 2))).toBe(false);
    expect(await counts((tx) => tx.insertKey(key))).toBe(false);
    expect(await counts((tx) => tx.touchKey("k", 2))).toBe(false);
  });
}
