import type { Micros } from "../clock.js";
import { PriorityLines } from "../throttling/priority-lines.js";
import { RateLimited } from "../throttling/rate-limited.js";
import { Semaphore, TooManyWaitingError, type Waiting } from "../throttling/semaphore.js";

/** How long those should wait who find too many waiting. */
const busyWait: Micros = 2_000_000;

/** Who waits: those who have logged in before are served before strangers. */
export type HashingLine = "known" | "unknown";

export interface HashingQueueOptions {
  /** How many passwords are hashed at the same time. */
  readonly concurrency: number;
  /** How many may wait in each line. */
  readonly maxWaiting: number;
}

/** Where the hashing of passwords waits for its turn. */
export interface HashingQueue {
  /**
   * Runs a task in its turn and resolves as it does.
   *
   * @throws DomainError `rate_limited` when too many wait in its line.
   */
  run<T>(line: HashingLine, task: () => Promise<T>): Promise<T>;
}

/**
 * Hashing a password takes a thread and tens of megabytes: a flood of logins must get neither more threads nor more
 * memory.
 */
export function createHashingQueue({ concurrency, maxWaiting }: HashingQueueOptions): HashingQueue {
  const lines = new PriorityLines<Waiting>(["known", "unknown"] satisfies HashingLine[]);
  const semaphore = new Semaphore({ permits: concurrency, maxWaiting, lines });
  return {
    run: async (line, task) => {
      try {
        return await semaphore.run({ line }, task);
      } catch (error) {
        if (!(error instanceof TooManyWaitingError)) throw error;
        throw new RateLimited("too many logins at the same moment", busyWait);
      }
    },
  };
}
