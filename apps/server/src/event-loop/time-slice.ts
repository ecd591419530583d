const sliceMilliseconds = 8;

/**
 * Divides long work into slices, so that others have their turn on the event loop in between. All long
 * work of a server shares one time slice, as it shares the event loop: however much is under way at once,
 * each turn gives it one slice together. Those that wait go on in the order of waiting, one in each turn.
 */
export interface TimeSlice {
  /** Whether to wait for `next` before going on. The first read begins the slice. */
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
