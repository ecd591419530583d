import type { Store, Transaction } from "./port/store.js";

/**
 * Runs `perform` with a store whose writes all share one transaction. The first write opens it, and it is
 * committed once `perform` has resolved: either all is written, with what `end` adds, or nothing. Where
 * `perform` writes nothing there is no transaction, and `end` is not called. Until the first write, reads see
 * the store; from then on, the transaction.
 *
 * After its first write `perform` blocks every other writer: it must then await nothing but the store
 * it was given.
 *
 * @param end Runs last in the transaction, with what `perform` resolved to.
 * @returns What `perform` resolved to, once it is durable.
 * @throws What `perform`, `end` or the commit throws; nothing of the writes stays.
 */
export async function withSharedTransaction<Result>(
  store: Store,
  perform: (sharing: Store) => Promise<Result>,
  end: (tx: Transaction, result: Result) => Promise<void>,
): Promise<Result> {
  let open: Transaction | undefined;
  let committed: Promise<void> | undefined;
  let settle: { resolve: (result: Result) => void; reject: (error: unknown) => void } | undefined;
  const performed = new Promise<Result>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Without a transaction nobody waits for it.
  performed.catch(() => undefined);

  const transact = <T>(unitOfWork: (tx: Transaction) => Promise<T>): Promise<T> => {
    if (open !== undefined) return unitOfWork(open);
    return new Promise<T>((resolve, reject) => {
      committed = store.transact(async (tx) => {
        open = tx;
        resolve(await unitOfWork(tx));
        await end(tx, await performed);
      });
      committed.catch(reject);
    });
  };
  const sharing = new Proxy(store, {
    get: (_, name) => {
      if (name === "transact") return transact;
      const target = open ?? store;
      const member = Reflect.get(target, name) as unknown;
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });

  try {
    const result = await perform(sharing);
    settle?.resolve(result);
    await committed;
    return result;
  } catch (error) {
    settle?.reject(error);
    await committed?.catch(() => undefined);
    throw error;
  }
}
