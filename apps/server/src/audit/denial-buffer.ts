import type { AuditContent } from "../store/port/rows.js";

/** Holds denied calls back for a while, so that a caller who tries again and again fills no disk. */
export interface DenialBuffer {
  add(entry: AuditContent): void;
  /** Writes what is held, and holds nothing from then on. */
  close(): Promise<void>;
}

interface DenialBufferOptions {
  readonly write: (entries: readonly AuditContent[]) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Milliseconds for which denied calls are held. */
const holdTime = 10_000;

/** How many different ones are held; beyond that they are written at once. */
const capacity = 1000;

/** Counts denied calls of the same caller on the same route in one entry, and writes that some seconds later. */
export function createDenialBuffer({ write, onError }: DenialBufferOptions): DenialBuffer {
  const held = new Map<string, AuditContent>();
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  let isClosed = false;

  /** Holds what could not be written, oldest first, together with what came meanwhile; what is too many is given up. */
  const putBack = (entries: readonly AuditContent[]): void => {
    const all = [...entries, ...held.values()].toSorted((one, other) => one.at - other.at);
    held.clear();
    for (const entry of all) {
      const key = keyOf(entry);
      const known = held.get(key);
      if (known !== undefined) held.set(key, { ...known, count: known.count + entry.count });
      else if (held.size < capacity) held.set(key, entry);
    }
    timer ??= setTimeout(() => void flush(), holdTime).unref();
  };

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const entries = [...held.values()];
    held.clear();
    // One after the other, so that entries are in the order of the calls.
    writing = writing
      .then(() => (entries.length === 0 ? undefined : write(entries)))
      .catch((error: unknown) => {
        onError(error);
        if (!isClosed) putBack(entries);
      });
    return writing;
  };

  return {
    add: (entry) => {
      const key = keyOf(entry);
      const known = held.get(key);
      // Where as many are held as may be, they could not be written.
      if (known === undefined && held.size >= capacity) return;
      held.set(key, known === undefined ? entry : { ...known, count: known.count + 1 });
      if (held.size === capacity && known === undefined) void flush();
      else timer ??= setTimeout(() => void flush(), holdTime).unref();
    },
    close: () => {
      isClosed = true;
      return flush();
    },
  };
}

function keyOf({ user_id, key_id, address, route }: AuditContent): string {
  return JSON.stringify([user_id, key_id, address, route]);
}
