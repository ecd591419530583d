import type { Store, Transaction } from "./store.js";

/** What stands at either end of the joined transaction. */
interface Ends<Result> {
  /** Runs first; where it rejects, so does the write that opened the transaction. */
  readonly begin: (tx: Transaction) => Promise<void>;
  /** Runs last, with what `perform` came to. */
  readonly end: (tx: Transaction, result: Result) => Promise<void>;
}

/**
 * Runs `perform` with a store whose writes all join one transaction, opened by the first of them and
 * committed once `perform` has resolved: all is written, and what `end` adds, or nothing. Where `perform`
 * writes nothing there is no transaction, and neither end is called. Until the first write, reads see the
 * store; from then on, the transaction.
 *
 * After its first write `perform` holds up every other writer: it must then await nothing but the store
 * it was given.
 *
 * @returns What `perform` resolved to, once it is durable.
 * @throws What `perform`, one of the ends or the commit throws; nothing of the writes stays.
 */
export async function joinWrites<Result>(
  store: Store,
  { begin, end }: Ends<Result>,
  perform: (joined: Store) => Promise<Result>,
): Promise<Result> {
  let open: Transaction | undefined;
  let committed: Promise<void> | undefined;
  let settle: { resolve: (result: Result) => void; reject: (error: unknown) => void } | undefined;
  const performed = new Promise<Result>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Without a transaction nobody waits for it.
  performed.catch(() => undefined);

  const transact = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => {
    if (open !== undefined) return work(open);
    return new Promise<T>((resolve, reject) => {
      committed = store.transact(async (tx) => {
        open = tx;
        await begin(tx);
        resolve(await work(tx));
        await end(tx, await performed);
      });
      committed.catch(reject);
    });
  };
  const joined = new Proxy(store, {
    get: (_, name) => (name === "transact" ? transact : (Reflect.get(open ?? store, name) as unknown)),
  });

  try {
    const result = await perform(joined);
    settle?.resolve(result);
    await committed;
    return result;
  } catch (error) {
    settle?.reject(error);
    await committed?.catch(() => undefined);
    throw error;
  }
}
