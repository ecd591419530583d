import { setImmediate } from "node:timers/promises";

const sliceMilliseconds = 8;

/** Divides long work into slices, between which others have their turn on the event loop. */
export class TimeSlice {
  #end = performance.now() + sliceMilliseconds;

  get isOver(): boolean {
    return performance.now() >= this.#end;
  }

  /** Waits until all that was ready to run has run, and begins the next slice. */
  async next(): Promise<void> {
    await setImmediate();
    this.#end = performance.now() + sliceMilliseconds;
  }
}
