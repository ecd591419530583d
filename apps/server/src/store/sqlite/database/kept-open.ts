import { setTimeout } from "node:timers/promises";
import { StoreFailedError } from "../../port/store.js";

/** What is opened anew where it fails. */
export interface Openable {
  /** Resolves once nothing of it is under way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface KeptOpenOptions<Opened> {
  /** Opens it anew, and shows that it can be trusted. Tried again and again until it succeeds. */
  readonly reopen: () => Promise<Opened>;
  /** Called when it has failed, and for each attempt to open it anew that fails. */
  readonly onFailed?: ((error: unknown) => void) | undefined;
  /** Called when it serves again. */
  readonly onReopened?: (() => void) | undefined;
  /** How long to wait after the first attempt that failed, in milliseconds; 250 by default. It doubles with each. */
  readonly firstWait?: number;
}

/** No wait between two attempts is longer, in milliseconds. */
const maxWait = 5_000;

/** Something that is open, but for the time between a failure and the success of opening it anew. */
export class KeptOpen<Opened extends Openable> {
  readonly #options: KeptOpenOptions<Opened>;
  readonly #stop = new AbortController();
  /** Undefined from a failure to the success of opening it anew. */
  #opened: Opened | undefined;
  #failure = new StoreFailedError("the data is not open");
  #reopening: Promise<void> | undefined;

  constructor(opened: Opened, options: KeptOpenOptions<Opened>) {
    this.#opened = opened;
    this.#options = options;
  }

  /** @throws StoreFailedError, the last failure, while it is not open. */
  get(): Opened {
    if (this.#opened === undefined) throw this.#failure;
    return this.#opened;
  }

  /** From now on it is not to be used until it was opened anew. */
  failed(failure: StoreFailedError): void {
    this.#options.onFailed?.(failure);
    this.#failure = failure;
    const opened = this.#opened;
    if (opened === undefined) return;
    this.#opened = undefined;
    this.#reopening = this.#reopen(opened);
  }

  /** Closes it, whatever its state. */
  async close(): Promise<void> {
    await this.#opened?.idle();
    this.#stop.abort();
    await this.#reopening;
    await this.#opened?.close();
  }

  async #reopen(failed: Opened): Promise<void> {
    await failed.idle();
    // What cannot be closed in order is closed with the process; what counts is whether it can be opened.
    await failed.close().catch(this.#options.onFailed);
    for (let wait = this.#options.firstWait ?? 250; !this.#stop.signal.aborted; wait = Math.min(2 * wait, maxWait)) {
      try {
        this.#opened = await this.#options.reopen();
        this.#options.onReopened?.();
        return;
      } catch (error) {
        this.#options.onFailed?.(error);
      }
      // A server that is asked to stop waits for nothing.
      await setTimeout(wait, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
    }
  }
}
