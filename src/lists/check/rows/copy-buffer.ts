const TAB = 0x09;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BACKSLASH = 0x5c;
const LETTER_N = 0x4e;
/** A UTF-16 unit takes at most three bytes of UTF-8, and an escaped control character two. */
const BYTES_PER_UNIT_MAX = 3;

/**
 * Lines in PostgreSQL's COPY text format, written as bytes without a string in between.
 * `take` hands the filled bytes over, in memory of their own that can be transferred to another thread.
 */
export class CopyBuffer {
  bytes: Buffer;
  length = 0;
  readonly #capacityBytes: number;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
    this.bytes = Buffer.allocUnsafeSlow(capacityBytes);
  }

  /** Text with the escapes of COPY. NUL, which PostgreSQL cannot hold, is left out; half a surrogate pair becomes U+FFFD. */
  text(value: string): void {
    this.#reserve(value.length * BYTES_PER_UNIT_MAX + 1);
    const bytes = this.bytes;
    let at = this.length;
    for (let index = 0; index < value.length; index += 1) {
      const unit = value.charCodeAt(index);
      if (unit < 0x80) {
        if (unit > CARRIAGE_RETURN && unit !== BACKSLASH) bytes[at++] = unit;
        else at = this.#special(unit, at);
      } else if (unit < 0x800) {
        bytes[at++] = 0xc0 | (unit >> 6);
        bytes[at++] = 0x80 | (unit & 0x3f);
      } else if (unit < 0xd800 || unit > 0xdfff) {
        bytes[at++] = 0xe0 | (unit >> 12);
        bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
        bytes[at++] = 0x80 | (unit & 0x3f);
      } else {
        const point = value.codePointAt(index) ?? 0;
        at = this.#beyondBmp(point > 0xffff ? point : 0xfffd, at);
        if (point > 0xffff) index += 1;
      }
    }
    this.length = at;
  }

  /** A value of a column, null when empty, with the tab before it. */
  column(value: string): void {
    this.#reserve(4);
    this.bytes[this.length++] = TAB;
    if (value !== '') return this.text(value);
    this.bytes[this.length++] = BACKSLASH;
    this.bytes[this.length++] = LETTER_N;
  }

  /** Text of a column that is never null, with the tab before it. */
  textColumn(value: string): void {
    this.#reserve(1);
    this.bytes[this.length++] = TAB;
    this.text(value);
  }

  /** A whole number up to 2^53 as the first column of a line. */
  firstNumber(value: number): void {
    this.text(String(value));
  }

  endLine(): void {
    this.#reserve(1);
    this.bytes[this.length++] = NEWLINE;
  }

  /** The filled bytes; the buffer starts anew. */
  take(): Uint8Array<ArrayBuffer> {
    const filled = new Uint8Array(this.bytes.buffer as ArrayBuffer, 0, this.length);
    this.bytes = Buffer.allocUnsafeSlow(this.#capacityBytes);
    this.length = 0;
    return filled;
  }

  #special(unit: number, from: number): number {
    let at = from;
    const escape = ESCAPES[unit];
    if (unit === 0) return at;
    if (escape !== undefined) this.bytes[at++] = BACKSLASH;
    this.bytes[at++] = escape ?? unit;
    return at;
  }

  #beyondBmp(point: number, from: number): number {
    let at = from;
    if (point > 0xffff) {
      this.bytes[at++] = 0xf0 | (point >> 18);
      this.bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
    } else {
      this.bytes[at++] = 0xe0 | (point >> 12);
    }
    this.bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
    this.bytes[at++] = 0x80 | (point & 0x3f);
    return at;
  }

  #reserve(moreBytes: number): void {
    if (this.length + moreBytes <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + moreBytes));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}

const ESCAPES: Readonly<Record<number, number>> = {
  [TAB]: 't'.charCodeAt(0),
  [NEWLINE]: 'n'.charCodeAt(0),
  [CARRIAGE_RETURN]: 'r'.charCodeAt(0),
  [BACKSLASH]: BACKSLASH,
};
