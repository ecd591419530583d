/** The writes of a connection in their order, kept for as long as they may have to be done again. */
export class WriteLog {
  readonly #writes: (() => void)[] = [];
  #isOpen = false;

  /** How many writes it keeps. */
  get length(): number {
    return this.#writes.length;
  }

  /** Forgets all, and keeps what is written from now on. */
  restart(): void {
    this.#writes.length = 0;
    this.#isOpen = true;
  }

  /** Forgets all, and keeps none until it is opened again. */
  close(): void {
    this.#isOpen = false;
    this.#writes.length = 0;
  }

  /** Hears of a write that has succeeded, and how it is done again. */
  note(write: () => void): void {
    if (this.#isOpen) this.#writes.push(write);
  }

  /** Does the first `count` of the writes again, and forgets all. */
  redo(count: number): void {
    const writes = this.#writes.splice(0, count);
    this.close();
    for (const write of writes) write();
  }
}
