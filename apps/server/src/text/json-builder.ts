import { floatText } from "./float-text.js";
import { powersOfTen } from "./powers-of-ten.js";

/** Bytes that are put together before they become a string. */
const capacity = 65_536;

/** Nothing that is put down as bytes at once takes more. */
const maxPiece = 1024;

const codeOf = (character: string): number => character.charCodeAt(0);
const minus = codeOf("-");
const point = codeOf(".");
const zero = codeOf("0");
const quote = codeOf('"');
const backslash = codeOf("\\");
const space = codeOf(" ");
const tilde = codeOf("~");
const comma = codeOf(",");
const open = codeOf("[");
const close = codeOf("]");

/** Nine digits fit a 32-bit integer, whose arithmetic is fast. */
const digits = 9;
const tooLarge = 10 ** digits;

/** Below, JavaScript writes an exponent. */
const tooSmall = 1e-6;

/** Longer strings are looked through faster by a regular expression than unit by unit. */
const shortString = 64;

const needsNoEscape = /^[ !#-[\]-~]*$/;

/**
 * Puts a JSON text together. Numbers, keys and short strings are put down as bytes, which takes less time than
 * `JSON.stringify` and leaves far less garbage than strings that are joined.
 */
export class JsonBuilder {
  readonly #bytes = Buffer.allocUnsafeSlow(capacity + maxPiece);
  /** Where the next byte goes. */
  #at = 0;
  /** What came before the bytes. */
  #text = "";

  /** ASCII of at most 1,024 bytes, as it is. */
  putBytes(piece: Uint8Array): void {
    this.#makeRoom();
    for (let index = 0; index < piece.length; index++) this.#bytes[this.#at + index] = piece[index] as number;
    this.#at += piece.length;
  }

  /** A text that is JSON already. */
  putJson(text: string): void {
    this.#text += this.#takeBytes() + text;
  }

  putString(string: string): void {
    if (string.length <= shortString) {
      if (this.#putShort(string)) return;
    } else if (string.length < maxPiece - 2 && needsNoEscape.test(string)) {
      this.#makeRoom();
      this.#putAscii(`"${string}"`);
      return;
    }
    this.putJson(JSON.stringify(string));
  }

  /** A number as `JSON.stringify` writes it. */
  putNumber(number: number): void {
    this.#makeRoom();
    if (number >= 0 && number < tooLarge && Math.trunc(number) === number) this.#putWhole(number);
    else this.putJson(JSON.stringify(number));
  }

  /** A float as `floatText` writes it. */
  putFloat(number: number): void {
    this.#makeRoom();
    this.#putFloat(number);
  }

  putFloats(numbers: readonly number[]): void {
    this.#makeRoom();
    this.#putByte(open);
    for (let index = 0; index < numbers.length; index++) {
      this.#makeRoom();
      if (index > 0) this.#putByte(comma);
      this.#putFloat(numbers[index] as number);
    }
    this.#makeRoom();
    this.#putByte(close);
  }

  /** What was put together; the builder is empty after it. */
  take(): string {
    const text = this.#text + this.#takeBytes();
    this.#text = "";
    return text;
  }

  clear(): void {
    this.#text = "";
    this.#at = 0;
  }

  #makeRoom(): void {
    if (this.#at > capacity) this.#text += this.#takeBytes();
  }

  #takeBytes(): string {
    const text = this.#bytes.toString("latin1", 0, this.#at);
    this.#at = 0;
    return text;
  }

  #putByte(byte: number): void {
    this.#bytes[this.#at] = byte;
    this.#at += 1;
  }

  /** A string of printable ASCII that needs no escapes; returns false for any other. */
  #putShort(string: string): boolean {
    this.#makeRoom();
    const start = this.#at + 1;
    for (let index = 0; index < string.length; index++) {
      const unit = string.charCodeAt(index);
      if (unit < space || unit > tilde || unit === quote || unit === backslash) return false;
      this.#bytes[start + index] = unit;
    }
    this.#bytes[this.#at] = quote;
    this.#bytes[start + string.length] = quote;
    this.#at = start + string.length + 1;
    return true;
  }

  /**
   * A decimal of up to 15 digits is the only one of its length that reads as its double. So where one of nine
   * digits does, it is the shortest: its last zeros apart, it has the digits that JavaScript writes.
   */
  #putFloat(number: number): void {
    const size = Math.abs(number);
    const whole = Math.trunc(size);
    if (!(size < tooLarge) || (size < tooSmall && size !== 0)) {
      this.#putAscii(floatText(number));
      return;
    }
    let decimals = 1;
    let scaled = 0;
    if (whole !== size) {
      decimals = digits - (whole === 0 ? -leadingZeros(size) : digitsOf(whole));
      const scale = powersOfTen[decimals] as number;
      // Dividing by an exact power of ten gives the double that is nearest to the decimal.
      scaled = Math.round(size * scale);
      if (scaled / scale !== size) {
        this.#putAscii(floatText(number));
        return;
      }
      for (let shorter = tenth(scaled); shorter * 10 === scaled; shorter = tenth(scaled)) {
        scaled = shorter;
        decimals -= 1;
      }
    }
    if (number < 0) this.#putByte(minus);
    this.#putWhole(whole);
    this.#putByte(point);
    this.#putDigits(decimals, scaled);
  }

  #putAscii(text: string): void {
    this.#at += this.#bytes.write(text, this.#at, "latin1");
  }

  /** From 0 to 10^9. */
  #putWhole(whole: number): void {
    this.#putDigits(digitsOf(whole), whole);
  }

  /** The last `count` digits of a whole number. */
  #putDigits(count: number, whole: number): void {
    let rest = whole;
    for (let at = this.#at + count - 1; at >= this.#at; at--) {
      const shorter = tenth(rest);
      this.#bytes[at] = zero + rest - shorter * 10;
      rest = shorter;
    }
    this.#at += count;
  }
}

/** A tenth of a whole number from 0 to 2^31 - 1, without its rest. */
function tenth(whole: number): number {
  return Math.trunc(whole / 10);
}

/** How many zeros follow the point of a number from 10^-6 to 1. */
function leadingZeros(size: number): number {
  let zeros = 0;
  for (let bound = 0.1; size < bound; bound /= 10) zeros += 1;
  return zeros;
}

/** How many digits a whole number from 0 to 10^9 has. */
function digitsOf(whole: number): number {
  let count = 1;
  for (let bound = 10; whole >= bound; bound *= 10) count += 1;
  return count;
}
