/**
 * Counts the commits that took something from a credential, for an adapter whose transactions run one
 * after the other.
 */
export class Revocations {
  #isPending = false;
  #count = 0;

  /** How many commits there were. */
  get count(): number {
    return this.#count;
  }

  /** The running transaction takes something from a credential. */
  note(): void {
    this.#isPending = true;
  }

  /** The transaction is over, and none of its units of work has resolved yet. */
  ended(): void {
    if (this.#isPending) this.#count += 1;
    this.#isPending = false;
  }
}
