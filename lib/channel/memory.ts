import { RpcError } from '../errors/rpc-error.ts';
import { defaultLimits } from '../protocol/limits.ts';
import { afterThisTick } from '../shared/scheduler.ts';
import {
  attachedBytes,
  isBytes,
  noAttachments,
  type Attachment,
  type Carries,
} from '../shared/attachments.ts';
import type { Channel, Receiver } from './channel.ts';

/** How an in-memory channel behaves. */
export interface MemoryChannelOptions {
  /**
   * The largest batch it takes, in characters and bytes together.
   *
   * @defaultValue 33554432
   */
  readonly messageBytes?: number;
  /**
   * How much may wait for the other end before `send` returns `false`.
   *
   * @defaultValue 65536
   */
  readonly highWaterBytes?: number;
}

interface Batch {
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly size: number;
}

/**
 * Two channels joined in memory: what one sends the other receives, in a later tick. For specs, and for sessions
 * between two parts of one program.
 *
 * @param options - How much one batch may hold, and how much may wait.
 * @returns The two ends.
 *
 * @example
 * ```ts
 * import { connect } from 'portcall';
 * import { memoryChannels } from 'portcall/testing';
 *
 * const [here, there] = memoryChannels();
 * connect(there, { expose: { add: (a: number, b: number) => a + b } });
 * const session = connect<{ add(a: number, b: number): number }>(here);
 * console.log(await session.remote.add(2, 3)); // 5
 * await session.close();
 * ```
 */
export function memoryChannels(options: MemoryChannelOptions = {}): [Channel, Channel] {
  const messageBytes = options.messageBytes ?? defaultLimits.messageBytes;
  const highWaterBytes = options.highWaterBytes ?? 65_536;
  const a = new MemoryChannel(messageBytes, highWaterBytes);
  const b = new MemoryChannel(messageBytes, highWaterBytes);
  a.join(b);
  b.join(a);
  return [a, b];
}

/**
 * What the attachments of a batch arrive as. A view would hand over the whole buffer behind it, which may hold other
 * people's bytes, and no buffer can be moved twice.
 */
function handedOver(attachments: readonly Attachment[]): Attachment[] {
  const seen = new Set<ArrayBufferLike>();
  return attachments
    .map((part) => {
      if (!isBytes(part)) return part;
      const { buffer, byteLength } = part;
      const whole = byteLength === buffer.byteLength && !seen.has(buffer) && buffer instanceof ArrayBuffer;
      seen.add(buffer);
      return whole ? part : new Uint8Array(part);
    })
    .map((part) => (isBytes(part) && seen.has(part.buffer) ? movedBytes(part.buffer) : part));
}

function movedBytes(buffer: ArrayBufferLike): Uint8Array {
  return new Uint8Array(structuredClone(buffer, { transfer: [buffer as ArrayBuffer] }));
}

class MemoryChannel implements Channel {
  readonly carries: Carries = { transfer: true, shared: true, ports: true };
  readonly #messageBytes: number;
  readonly #highWaterBytes: number;
  readonly #closing: (() => void)[] = [];
  #peer!: MemoryChannel;
  #receiver: Receiver | undefined;
  // What the peer has sent and the receiver has not had yet.
  #inbox: Batch[] = [];
  #inboxBytes = 0;
  #scheduled = false;
  #owesDrained = false;
  #failure: Error | undefined;
  #state: 'open' | 'ending' | 'closed' = 'open';

  constructor(messageBytes: number, highWaterBytes: number) {
    this.#messageBytes = messageBytes;
    this.#highWaterBytes = highWaterBytes;
  }

  join(peer: MemoryChannel): void {
    this.#peer = peer;
  }

  open(receiver: Receiver): void {
    this.#receiver = receiver;
    if (this.#state === 'closed') afterThisTick(() => receiver.closed(this.#failure));
    else this.#schedule();
  }

  send(text: string, attachments: readonly Attachment[] = noAttachments): boolean {
    if (this.#state !== 'open' || this.#peer.#state === 'closed') return true;
    const size = attachments.reduce<number>((sum, part) => sum + attachedBytes(part), text.length);
    this.#owesDrained = !this.#peer.#accept({ text, attachments: handedOver(attachments), size });
    return !this.#owesDrained;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#state === 'closed') return resolve();
      this.#closing.push(resolve);
      if (this.#state === 'ending') return;
      this.#state = 'ending';
      this.#peer.#schedule();
    });
  }

  destroy(reason?: Error): void {
    if (this.#state === 'closed') return;
    this.#peer.#drop();
    this.#end(reason);
    this.#peer.#schedule();
  }

  #accept(batch: Batch): boolean {
    this.#inbox.push(batch);
    this.#inboxBytes += batch.size;
    this.#schedule();
    return this.#inboxBytes < this.#highWaterBytes;
  }

  #drop(): void {
    this.#inbox = [];
    this.#inboxBytes = 0;
  }

  #schedule(): void {
    if (this.#scheduled || this.#receiver === undefined) return;
    this.#scheduled = true;
    afterThisTick(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    // Only what is there now: a receiver that answers at once must not keep this loop going for ever.
    for (let left = this.#inbox.length; left > 0 && this.#state !== 'closed'; left--) {
      const batch = this.#inbox.shift();
      if (batch === undefined) break;
      this.#inboxBytes -= batch.size;
      if (batch.size > this.#messageBytes) {
        this.destroy(
          new RpcError(
            'PROTOCOL_ERROR',
            `a batch of ${batch.size} bytes arrived; at most ${this.#messageBytes} are taken`,
          ),
        );
        return;
      }
      this.#receiver?.received(batch.text, batch.attachments);
    }
    // Nothing is delivered to a channel that has ended, so what came for it would be looked at for ever.
    if (this.#state === 'closed') this.#inbox = [];
    if (this.#inbox.length > 0) return this.#schedule();
    if (this.#peer.#owesDrained && this.#peer.#state === 'open') {
      this.#peer.#owesDrained = false;
      this.#peer.#receiver?.drained();
    }
    if (this.#peer.#state === 'closed') this.#end();
    else this.#endBoth();
  }

  /** After an orderly end by either side, once each has had what the other sent before. */
  #endBoth(): void {
    const peer = this.#peer;
    if (this.#state === 'open' && peer.#state === 'open') return;
    if (this.#inbox.length > 0 || peer.#inbox.length > 0) return;
    this.#end();
    peer.#end();
  }

  #end(reason?: Error): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    // Nobody will take it, and waiting for that would never end.
    this.#drop();
    this.#failure = reason;
    const receiver = this.#receiver;
    // In a tick of its own: nobody is called back from inside their own call.
    afterThisTick(() => {
      receiver?.closed(reason);
      for (const resolve of this.#closing) resolve();
    });
  }
}
