import type { Channel } from 'portcall';
import { memoryChannels, type MemoryChannelOptions } from 'portcall/testing';

export type RawMessage = readonly [code: number, ...fields: unknown[]];

export const hello: RawMessage = [0, 1, { session: 'raw', messageBytes: 1 << 25, exports: [] }];

/** The other end of a channel, which says exactly what a spec wants and notes what arrives. */
export class RawPeer {
  /** The batches that have arrived. */
  readonly batches: RawMessage[][] = [];
  /** Fulfils with the channel's error, if any, when it ends. */
  readonly closed: Promise<Error | undefined>;
  readonly #channel: Channel;
  #wake: (() => void)[] = [];

  constructor(channel: Channel) {
    this.#channel = channel;
    this.closed = new Promise((resolve) => {
      channel.open({
        received: (text) => {
          this.batches.push(JSON.parse(text) as RawMessage[]);
          for (const wake of this.#wake.splice(0)) wake();
        },
        drained: () => {},
        closed: resolve,
      });
    });
  }

  /** All messages that have arrived, but for hellos and names. */
  get messages(): RawMessage[] {
    return this.batches.flat().filter(([code]) => code !== 0 && code !== 8);
  }

  /** Sends messages as one batch. */
  say(...messages: readonly RawMessage[]): void {
    this.#channel.send(JSON.stringify(messages));
  }

  sayText(text: string): void {
    this.#channel.send(text);
  }

  /** The first message with this code, and the id, if one is given. */
  async heard(code: number, id?: number): Promise<RawMessage> {
    for (;;) {
      const found = this.batches
        .flat()
        .find((message) => message[0] === code && (id === undefined || message[1] === id));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  close(): Promise<void> {
    return this.#channel.close();
  }
}

/** A channel for a session to be made over, and a raw peer at its other end. */
export function rawPeer(options?: MemoryChannelOptions): [Channel, RawPeer] {
  const [here, there] = memoryChannels(options);
  return [here, new RawPeer(there)];
}

/** The messages of a batch, those of series one by one. */
function oneByOne(batch: readonly RawMessage[]): RawMessage[] {
  return batch.flatMap(([code, ...fields]) => {
    if (code < 28) return [[code, ...fields]];
    const [id, ...values] = fields;
    if (code === 30) return values.map((value): RawMessage => [15, id, value]);
    const target = code === 28 ? [values.shift()] : [];
    const single = code === 28 ? 1 : 3;
    return values.map((value, index): RawMessage => [single, (id as number) + index, ...target, value]);
  });
}

/** A channel that notes each batch which is sent over it, the messages of series one by one. */
export function spied(channel: Channel, sent: RawMessage[][]): Channel {
  return {
    open: (receiver) => channel.open(receiver),
    send(text, attachments) {
      sent.push(oneByOne(JSON.parse(text) as RawMessage[]));
      return channel.send(text, attachments);
    },
    close: () => channel.close(),
    destroy: (reason) => channel.destroy(reason),
  };
}
