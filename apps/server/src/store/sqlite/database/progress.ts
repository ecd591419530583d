/** One step of a long operation, and how far it has come. */
export interface Progress {
  /** `reading rows` */
  readonly step: string;
  readonly done: number;
  /** Undefined where nobody knows beforehand. */
  readonly total: number | undefined;
  /** What is counted: `rows`. */
  readonly unit: string;
}

/** Receives how far a long operation has come. It is called often: it must cost next to nothing. */
export type OnProgress = (progress: Progress) => void;

/** After so many rows progress is reported anew. */
const rowsPerReport = 1024;

/** Counts the rows of one step as they pass. */
export class RowProgress {
  readonly #step: string;
  readonly #total: number;
  readonly #onProgress: OnProgress;
  #done = 0;

  constructor(step: string, total: number, onProgress: OnProgress) {
    this.#step = step;
    this.#total = total;
    this.#onProgress = onProgress;
    this.#report();
  }

  /** One more row has passed. */
  pass(): void {
    this.#done += 1;
    if (this.#done % rowsPerReport === 0) this.#report();
  }

  #report(): void {
    this.#onProgress({ step: this.#step, done: this.#done, total: this.#total, unit: "rows" });
  }
}
