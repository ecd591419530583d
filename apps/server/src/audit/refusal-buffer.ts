import type { AuditContent } from "../store/rows.js";

/** Holds refusals back for a while, so that a caller who tries again and again fills no disk. */
export interface RefusalBuffer {
  add(entry: AuditContent): void;
  /** Writes what is held, and holds nothing from then on. */
  close(): Promise<void>;
}

interface RefusalBufferOptions {
  readonly write: (entries: readonly AuditContent[]) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Milliseconds for which refusals are held. */
const holdTime = 10_000;

/** How many different ones are held; beyond that they are written at once. */
const capacity = 1000;

/** Counts refusals of the same caller on the same route as one, and writes them some seconds later. */
export function createRefusalBuffer({ write, onError }: RefusalBufferOptions): RefusalBuffer {
  const held = new Map<string, AuditContent>();
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const entries = [...held.values()];
    held.clear();
    // One after the other, so that entries stand in the order of their refusals.
    writing = writing.then(() => (entries.length === 0 ? undefined : write(entries))).catch(onError);
    return writing;
  };

  return {
    add: (entry) => {
      const key = JSON.stringify([entry.user_id, entry.key_id, entry.address, entry.route]);
      const known = held.get(key);
      held.set(key, known === undefined ? entry : { ...known, count: known.count + 1 });
      if (held.size >= capacity) void flush();
      else timer ??= setTimeout(() => void flush(), holdTime).unref();
    },
    close: flush,
  };
}
