import { Code } from '../protocol/protocol.ts';

/** The messages that can leave as a series: their value is plain, and brings nothing along. */
export type ShortCode = typeof Code.call | typeof Code.result | typeof Code.item;

/** More than what stands around the value of such a message, in characters, its target aside. */
export const headChars = 24;

const codes = { [Code.call]: Code.calls, [Code.result]: Code.results, [Code.item]: Code.items } as const;

// Calls and results are numbered, the items of a stream have its number.
const steps = { [Code.call]: 1, [Code.result]: 1, [Code.item]: 0 } as const;

/**
 * Messages of a batch that follow each other and differ in nothing but their values, and in their numbers by one. They
 * leave as one message: half the text of most is what they have in common, and to parse a list of values costs less than
 * half of what a list of messages does.
 */
export class Series {
  /** Its first place in the batch, and the one behind its last. */
  readonly start: number;
  end: number;
  /** The one behind it, not necessarily at once. */
  next: Series | undefined;
  readonly #code: ShortCode;
  readonly #id: number;
  readonly #target: string;

  /** @param target - As text; empty where it is no call. */
  constructor(place: number, code: ShortCode, id: number, target: string) {
    this.start = place;
    this.end = place + 1;
    this.#code = code;
    this.#id = id;
    this.#target = target;
  }

  /** Takes the message behind its last in, where it is one of these. Tells whether it was. */
  takes(code: ShortCode, id: number, target: string): boolean {
    if (code !== this.#code || target !== this.#target || id !== this.#idAt(this.end)) return false;
    this.end++;
    return true;
  }

  /** The message at a place, alone. */
  alone(place: number, value: string): string {
    return `[${this.#code},${this.#idAt(place)}${this.#target && `,${this.#target}`},${value}]`;
  }

  /** All of them as one. */
  joined(values: readonly string[]): string {
    return `[${codes[this.#code]},${this.#id}${this.#target && `,${this.#target}`},${values.join(',')}]`;
  }

  #idAt(place: number): number {
    return this.#id + (place - this.start) * steps[this.#code];
  }
}
