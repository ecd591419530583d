import { DomainError } from "../errors/domain-error.js";
import type { Size } from "../limits/limits.js";

/**
 * Counts the characters of the texts that one reply puts together, each before it is kept: of few rows, which name the
 * same long texts again and again, a reply would take all memory.
 */
export class ReplyText {
  readonly #limit: Size;
  readonly #remedy: string;
  #left: number;

  /** @param remedy What the caller can do where there are too many: it ends the text of the error. */
  constructor(limit: Size, remedy: string) {
    this.#limit = limit;
    this.#remedy = remedy;
    this.#left = limit.max;
  }

  /** @throws DomainError `reply_too_large` where these are more than the reply may still have. */
  add(characters: number): void {
    this.#left -= characters;
    if (this.#left >= 0) return;
    const { max, setting } = this.#limit;
    throw new DomainError(
      "reply_too_large",
      `the texts of the reply have more than ${max} characters together (reply_text_length, ${setting}); ${this.#remedy}`,
    );
  }
}
