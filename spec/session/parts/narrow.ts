import type { Channel } from 'portcall';
import { memoryChannels } from 'portcall/testing';

/** The code and the first fields of each message that was sent, in order; without hellos and names. */
export type Sent = readonly unknown[];

/** How a channel of these specs behaves. */
export interface NarrowOptions {
  readonly partBytes?: number;
  /** Whether it takes a batch only once {@link Narrow.take} is called. */
  readonly reluctant?: boolean;
}

/** A channel on which large messages are cut, and which takes batches one by one where that is wanted. */
export class Narrow implements Channel {
  readonly partBytes: number;
  readonly sent: Sent[] = [];
  /** The largest batch. */
  largest = 0;
  readonly #inner: Channel;
  #receiver: Parameters<Channel['open']>[0] | undefined;
  #reluctant: boolean;
  #greeted = false;

  constructor(inner: Channel, { partBytes = 1000, reluctant = false }: NarrowOptions = {}) {
    this.#inner = inner;
    this.partBytes = partBytes;
    this.#reluctant = reluctant;
  }

  /** The codes of what was sent. */
  get codes(): unknown[] {
    return this.sent.map(([code]) => code);
  }

  open(receiver: Parameters<Channel['open']>[0]): void {
    this.#receiver = receiver;
    this.#inner.open({
      received: (text, attachments) => receiver.received(text, attachments),
      drained: () => {
        if (!this.#reluctant) receiver.drained();
      },
      closed: (error) => receiver.closed(error),
    });
  }

  send(text: string, attachments: readonly Uint8Array[] = []): boolean {
    const messages = JSON.parse(text) as unknown[][];
    this.sent.push(...messages.filter(([code]) => code !== 0 && code !== 8));
    this.largest = Math.max(
      this.largest,
      Buffer.byteLength(text) + attachments.reduce((sum, one) => sum + one.byteLength, 0),
    );
    const takes = this.#inner.send(text, attachments);
    // The hello goes ahead of everything.
    const first = !this.#greeted;
    this.#greeted = true;
    return first || (!this.#reluctant && takes);
  }

  /** Takes the next batch. */
  take(): void {
    this.#receiver?.drained();
  }

  /** Takes batches by itself from now on. */
  takeAll(): void {
    this.#reluctant = false;
    this.#receiver?.drained();
  }

  /** Takes nothing more by itself. */
  pause(): void {
    this.#reluctant = true;
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  destroy(reason?: Error): void {
    this.#inner.destroy(reason);
  }
}

/** Two of them, joined. */
export function narrowChannels(here: NarrowOptions = {}, there: NarrowOptions = {}): [Narrow, Narrow] {
  const [a, b] = memoryChannels({ highWaterBytes: 1 << 30 });
  return [new Narrow(a, here), new Narrow(b, there)];
}

/** Turns the event loop that often. */
export async function turns(count: number): Promise<void> {
  for (let turned = 0; turned < count; turned++) await new Promise((resolve) => setImmediate(resolve));
}
