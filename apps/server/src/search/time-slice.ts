const sliceMilliseconds = 8;

/** When the slice of this turn of the event loop ends; undefined where none has begun. */
let end: number | undefined;
const waiting: (() => void)[] = [];

/**
 * Divides long work into slices, between which others have their turn on the event loop. All long
 * work shares them, as all shares the event loop: however much is under way at once, a turn gives
 * it one slice together. Who waits goes on in the order of waiting, one in each turn.
 */
export const timeSlice = {
  /** Whether to wait for `next` before going on; the first who asks begins the slice. */
  get isOver(): boolean {
    if (end === undefined) begin();
    return performance.now() >= (end as number);
  },

  /** Waits until all that was ready to run has run, and for those that waited before. */
  next(): Promise<void> {
    if (end === undefined) begin();
    return new Promise((resolve) => waiting.push(resolve));
  },
};

function begin(): void {
  end = performance.now() + sliceMilliseconds;
  setImmediate(() => {
    end = undefined;
    const goOn = waiting.shift();
    if (goOn === undefined) return;
    begin();
    goOn();
  });
}
