import { RpcError } from '../errors/rpc-error.ts';
import { Code, type Message } from '../protocol/protocol.ts';

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

/**
 * How many messages one stands for.
 *
 * @throws RpcError `PROTOCOL_ERROR` where it is a series, and of none
 */
export function seriesLength(message: Message): number {
  const [code, id] = message;
  if (code < Code.calls || code > Code.items) return 1;
  const length = message.length - (code === Code.calls ? 3 : 2);
  if (length < 1) throw wrong(`message ${code} without a value`);
  if (code !== Code.items && !(Number.isSafeInteger(id) && (id as number) > 0))
    throw wrong(`message ${code} from the id ${JSON.stringify(id)} on`);
  return length;
}

function wrong(what: string): RpcError {
  return new RpcError('PROTOCOL_ERROR', `the other side sent ${what}`);
}

/**
 * One of the messages that a message stands for.
 *
 * @param place - From 0, below {@link seriesLength}.
 */
export function ofSeries(message: Message, place: number): Message {
  const [code, id] = message;
  switch (code) {
    case Code.calls:
      return [Code.call, (id as number) + place, message[2], message[3 + place]];
    case Code.results:
      return [Code.result, (id as number) + place, message[2 + place]];
    case Code.items:
      return [Code.item, id, message[2 + place]];
    default:
      return message;
  }
}
