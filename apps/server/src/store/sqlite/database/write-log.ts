/** The writes of a connection in their order, kept for as long as they may have to be replayed. */
export class WriteLog {
  readonly #writes: (() => void)[] = [];
  #isOpen = false;

  /** How many writes it keeps. */
  get length(): number {
    return this.#writes.length;
  }

  /** Clears the log, and keeps what is written from now on. */
  restart(): void {
    this.#writes.length = 0;
    this.#isOpen = true;
  }

  /** Clears the log, and keeps nothing until `restart` is called. */
  close(): void {
    this.#isOpen = false;
    this.#writes.length = 0;
  }

  /** Records a write that has succeeded; `write` replays it. */
  record(write: () => void): void {
    if (this.#isOpen) this.#writes.push(write);
  }

  /** Replays the first `count` of the writes, and clears the log. */
  replay(count: number): void {
    const writes = this.#writes.splice(0, count);
    this.close();
    for (const write of writes) write();
  }
}
