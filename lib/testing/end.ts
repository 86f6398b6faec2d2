import type { Channel, Receiver } from '../channel/channel.ts';
import type { Attachment } from '../shared/attachments.ts';

// Generous, because it only decides how long a broken channel takes to fail.
const patienceMs = 15_000;

/** What an end has received. */
export interface ArrivedBatch {
  readonly text: string;
  readonly attachments: readonly Attachment[];
}

/**
 * One end of a channel together with its receiver, which writes down what happens and what must never happen: to be
 * called from inside one's own call, after the end, twice at the end, or about a buffer that was never full.
 */
export class End implements Receiver {
  readonly batches: ArrivedBatch[] = [];
  /** Called with each batch once it has been written down. */
  onBatch: ((batch: ArrivedBatch) => void) | undefined;
  /** What is said where it is asked for the room of an attachment. */
  onRoom: Receiver['room'];
  readonly #name: string;
  readonly #channel: Channel;
  readonly #faults: string[] = [];
  readonly #watchers = new Set<() => void>();
  #inside: string | undefined;
  #opened = false;
  #owedDrained = false;
  #ended: { readonly error: Error | undefined } | undefined;

  /** @param name - What it is called in error messages. */
  constructor(name: string, channel: Channel) {
    this.#name = name;
    this.#channel = channel;
  }

  get channel(): Channel {
    return this.#channel;
  }

  get opened(): boolean {
    return this.#opened;
  }

  get texts(): string[] {
    return this.batches.map(({ text }) => text);
  }

  /** Whether `send` has returned `false` and `drained` has not been called since. */
  get blocked(): boolean {
    return this.#owedDrained;
  }

  /** How it ended; `undefined` while it has not. */
  get ended(): { readonly error: Error | undefined } | undefined {
    return this.#ended;
  }

  open(): void {
    this.#opened = true;
    this.#within('open', () => this.#channel.open(this));
  }

  send(text: string, attachments?: readonly Attachment[], spent?: readonly ArrayBuffer[]): boolean {
    const more = this.#within('send', () => this.#channel.send(text, attachments, spent));
    if (typeof more !== 'boolean')
      this.#fault(`send() to return true or false, and it returned ${String(more)}`);
    if (!more) this.#owedDrained = true;
    return more;
  }

  close(): Promise<void> {
    return this.#within('close', () => this.#channel.close());
  }

  destroy(reason?: Error): void {
    this.#within('destroy', () => this.#channel.destroy(reason));
  }

  received(text: string, attachments: readonly Attachment[]): void {
    this.#called('received');
    const batch = { text, attachments };
    this.batches.push(batch);
    this.onBatch?.(batch);
    this.#look();
  }

  room(text: string, place: number, bytes: number): Uint8Array | undefined {
    this.#called('room');
    return this.onRoom?.(text, place, bytes);
  }

  drained(): void {
    this.#called('drained');
    if (!this.#owedDrained) this.#fault('drained() to follow a send() that returned false, and none had');
    this.#owedDrained = false;
    this.#look();
  }

  closed(error?: Error): void {
    this.#called('closed');
    this.#ended ??= { error };
    this.#look();
  }

  /** Fulfils once the condition holds; rejects with the expectation when it does not come to that. */
  until(expectation: string, condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
      };
      const giveUp = (): void => {
        stop();
        reject(expected(`${expectation}; ${this.#name} has seen ${this.#summary()}`));
      };
      const look = (): void => {
        const [fault] = this.#faults;
        if (fault !== undefined) {
          stop();
          reject(expected(fault));
        } else if (condition()) {
          stop();
          resolve();
        } else if (this.#ended !== undefined) {
          // Nothing may follow the end.
          giveUp();
        }
      };
      const timer = setTimeout(giveUp, patienceMs);
      this.#watchers.add(look);
      look();
    });
  }

  /** Fulfils once the receiver has been told of the end. */
  async untilClosed(): Promise<Error | undefined> {
    await this.until(`closed() to be called ${this.#name}`, () => this.#ended !== undefined);
    return this.#ended?.error;
  }

  /** Throws what must not have happened. */
  check(): void {
    const fault = this.#faults[0];
    if (fault !== undefined) throw expected(fault);
  }

  #within<T>(name: string, call: () => T): T {
    const outer = this.#inside;
    this.#inside = name;
    try {
      return call();
    } finally {
      this.#inside = outer;
    }
  }

  #called(name: string): void {
    if (this.#inside !== undefined)
      this.#fault(`${name}() to be called in a later tick, and it was called from inside ${this.#inside}()`);
    if (this.#ended !== undefined) this.#fault(`nothing to follow closed(), and ${name}() did`);
  }

  #fault(fault: string): void {
    this.#faults.push(`${fault} (${this.#name})`);
    this.#look();
  }

  #look(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #summary(): string {
    const end =
      this.#ended === undefined ? 'no end' : `the end (${this.#ended.error?.message ?? 'without an error'})`;
    return `${this.batches.length} batches and ${end}`;
  }
}

/** The error of a channel that does something else. */
export function expected(what: string): Error {
  return new Error(`channel conformance: expected ${what}`);
}
