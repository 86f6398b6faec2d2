import type { Channel, Receiver } from '../channel/channel.ts';
import { Code, type Message } from '../protocol/protocol.ts';
import { ofSeries, seriesLength } from '../protocol/series.ts';
import { noAttachments } from '../shared/attachments.ts';
import { chaosFrom, type ChaosOptions } from './chaos-options.ts';
import { randomFrom } from './random.ts';

interface Batch {
  readonly text: string;
  readonly attachments: readonly Uint8Array[];
}

// Sessions ignore these where they come again; everything else a channel has to deliver once.
const repeatable: ReadonlySet<unknown> = new Set([Code.call, Code.result, Code.failure, Code.refusal]);

// What a session is told to wait for is more than this many batches.
const roomyQueue = 8;

/**
 * A channel on which things go wrong: batches are late, come in parts, twice, cut off or not at all. For specs of what
 * a program does then. What this side sends is affected; wrap both ends to have both.
 *
 * @param channel - The one that carries what is left of it.
 * @param options - What goes wrong, and how often.
 * @throws RpcError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { connect } from 'portcall';
 * import { chaosChannel, memoryChannels } from 'portcall/testing';
 *
 * const [here, there] = memoryChannels();
 * connect(there, { expose: { add: (a: number, b: number) => a + b } });
 * const session = connect<{ add(a: number, b: number): number }>(chaosChannel(here, { seed: 7, duplicate: 1 }));
 * console.log(await session.remote.add(2, 3)); // 5
 * await session.close();
 * ```
 */
export function chaosChannel(channel: Channel, options: ChaosOptions = {}): Channel {
  return new ChaosChannel(channel, chaosFrom(options));
}

class ChaosChannel implements Channel {
  readonly partBytes: number | undefined;
  readonly #inner: Channel;
  readonly #chances: Record<keyof ChaosOptions, number>;
  readonly #random: () => number;
  readonly #queue: Batch[] = [];
  #receiver: Receiver | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #innerTakes = true;
  #owesDrained = false;
  #halfClosed = false;
  #ended = false;
  #greeted = false;
  #whenEmpty: (() => void)[] = [];

  constructor(inner: Channel, chances: Record<keyof ChaosOptions, number>) {
    this.partBytes = inner.partBytes;
    this.#inner = inner;
    this.#chances = chances;
    this.#random = randomFrom(chances.seed);
  }

  open(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#inner.open({
      received: (text, attachments) => receiver.received(text, attachments),
      drained: () => {
        this.#innerTakes = true;
        this.#pump();
      },
      closed: (error) => {
        this.#over();
        receiver.closed(error);
      },
    });
  }

  send(text: string, attachments: readonly Uint8Array[] = noAttachments): boolean {
    if (this.#ended || this.#halfClosed) return true;
    for (const batch of this.#harmed({ text, attachments })) this.#queue.push(batch);
    this.#pump();
    if (this.#queue.length <= roomyQueue) return true;
    this.#owesDrained = true;
    return false;
  }

  async close(): Promise<void> {
    if (this.#queue.length > 0 && !this.#ended)
      await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
    await this.#inner.close();
  }

  destroy(reason?: Error): void {
    this.#over();
    this.#inner.destroy(reason);
  }

  ref(): void {
    this.#inner.ref?.();
  }

  unref(): void {
    this.#inner.unref?.();
  }

  /** What becomes of a batch. */
  #harmed(batch: Batch): Batch[] {
    // The first one is the hello, without which there is nothing to see.
    if (!this.#greeted) {
      this.#greeted = true;
      return [batch];
    }
    const { text, attachments } = batch;
    if (this.#happens('halfClose')) {
      this.#halfClosed = true;
      return [];
    }
    if (this.#happens('truncate'))
      return [{ text: text.slice(0, Math.floor(this.#random() * text.length)), attachments }];
    // Bytes belong to one of the messages: those batches stay whole.
    const whole = attachments.length > 0;
    const split = this.#happens('split') && !whole;
    const repeated = this.#happens('duplicate') && !whole ? againFrom(text) : [];
    return [...(split ? messagesOf(text).map(alone) : [batch]), ...repeated.map(alone)];
  }

  #happens(what: keyof ChaosOptions): boolean {
    return this.#random() < this.#chances[what];
  }

  /** Sends on the next batch, after the time it takes. */
  #pump(): void {
    if (this.#timer !== undefined || this.#ended || !this.#innerTakes) return;
    if (this.#queue.length === 0) return this.#emptied();
    const stalled = this.#happens('stall') ? this.#random() * this.#chances.stallMs : 0;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        const batch = this.#queue.shift();
        if (batch !== undefined && !this.#ended)
          this.#innerTakes = this.#inner.send(batch.text, batch.attachments);
        this.#pump();
      },
      this.#random() * this.#chances.delayMs + stalled,
    );
  }

  #emptied(): void {
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
    if (!this.#owesDrained) return;
    this.#owesDrained = false;
    this.#receiver?.drained();
  }

  #over(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#queue.length = 0;
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }
}

function alone(message: unknown): Batch {
  return { text: JSON.stringify([message]), attachments: noAttachments };
}

/** The messages of a batch, those of series one by one. */
function messagesOf(text: string): readonly Message[] {
  return (JSON.parse(text) as Message[]).flatMap((message) =>
    Array.from({ length: seriesLength(message) }, (_, place) => ofSeries(message, place)),
  );
}

/** The messages of a batch that may come again: what is handed out in one would be counted twice. */
function againFrom(text: string): readonly unknown[] {
  return text.includes('["$"') ? [] : messagesOf(text).filter(([code]) => repeatable.has(code));
}
