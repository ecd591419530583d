const sliceMilliseconds = 8;

/**
 * Divides long work into slices, between which others have their turn on the event loop. All long
 * work of a server shares one, as all shares the event loop: however much is under way at once, a turn
 * gives it one slice together. Who waits goes on in the order of waiting, one in each turn.
 */
export interface TimeSlice {
  /** Whether to wait for `next` before going on; the first who asks begins the slice. */
  readonly isOver: boolean;
  /** Waits until all that was ready to run has run, and for those that waited before. */
  next(): Promise<void>;
}

/** @param now Milliseconds that only rise. */
export function createTimeSlice(now: () => number = () => performance.now()): TimeSlice {
  /** When the slice of this turn of the event loop ends; undefined where none has begun. */
  let end: number | undefined;
  const waiting: (() => void)[] = [];

  const begin = (): number => {
    const ends = now() + sliceMilliseconds;
    end = ends;
    setImmediate(() => {
      end = undefined;
      const goOn = waiting.shift();
      if (goOn === undefined) return;
      begin();
      goOn();
    });
    return ends;
  };

  return {
    get isOver() {
      return now() >= (end ?? begin());
    },
    next: () => {
      if (end === undefined) begin();
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}
