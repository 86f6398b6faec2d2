import type { Channel, Receiver } from '../channel/channel.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { FrameDecoder } from '../framing/frame-decoder.ts';
import { encodeFrame } from '../framing/frames.ts';
import { noAttachments } from '../shared/attachments.ts';
import { nothingSpent } from '../shared/spent.ts';
import type { ByteStream } from './byte-stream.ts';
import { FrameTimer } from './frame-timer.ts';
import { SpentMemory } from './spent-memory.ts';

// What the other side reads at once, about: more would keep small messages waiting.
const partBytes = 128 * 1024;

/**
 * A channel of frames over a byte stream.
 *
 * One write is outstanding at a time. While it is, `send` returns `false` and the session keeps its messages: they
 * leave as one larger write, and what is left at the process's exit is known to the byte.
 */
export class ByteChannel implements Channel {
  readonly partBytes: number = partBytes;
  readonly #stream: ByteStream;
  readonly #decoder: FrameDecoder;
  readonly #timer: FrameTimer;
  readonly #closing: (() => void)[] = [];
  #receiver: Receiver | undefined;
  #queue: Uint8Array[] = [];
  // Memory that is given back once what is being written has been, and once the queue has.
  #spent: readonly ArrayBuffer[] = nothingSpent;
  #queuedSpent: readonly ArrayBuffer[] = nothingSpent;
  readonly #memory = new SpentMemory();
  #writing = false;
  #state: 'open' | 'ending' | 'ended' | 'destroyed' | 'closed' = 'open';
  #failure: Error | undefined;
  // Whether a frame has ended since the last bytes came.
  #ended = false;

  /**
   * @param messageBytes - The largest batch that is taken from the other side.
   * @param frameMs - How long one may take to arrive.
   */
  constructor(stream: ByteStream, messageBytes: number, frameMs: number = Infinity) {
    this.#stream = stream;
    this.#timer = new FrameTimer(frameMs, (error) => this.destroy(error));
    const onFrame = (text: string, attachments: readonly Uint8Array[]): void => {
      this.#ended = true;
      if (this.#state !== 'destroyed') this.#receiver?.received(text, attachments);
    };
    this.#decoder = new FrameDecoder(messageBytes, onFrame, (...about) => this.#receiver?.room?.(...about));
  }

  open(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#stream.start({
      data: (bytes) => this.#read(bytes),
      written: () => this.#written(),
      ended: () => this.#peerEnded(),
      closed: (error) => this.#closed(error),
    });
  }

  send(
    text: string,
    attachments: readonly Uint8Array[] = noAttachments,
    spent: readonly ArrayBuffer[] = nothingSpent,
  ): boolean {
    if (this.#state !== 'open') return true;
    const chunks = encodeFrame(text, attachments);
    if (this.#writing) {
      this.#queue.push(...chunks);
      if (spent.length > 0) this.#queuedSpent = [...this.#queuedSpent, ...spent];
      return false;
    }
    this.#write(chunks, spent);
    return !this.#writing;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#state === 'closed') return resolve();
      this.#closing.push(resolve);
      this.#end();
    });
  }

  destroy(reason?: Error): void {
    if (this.#state === 'destroyed' || this.#state === 'closed') return;
    this.#state = 'destroyed';
    this.#failure = reason;
    this.#stream.destroy();
  }

  ref(): void {
    this.#stream.ref();
  }

  unref(): void {
    this.#stream.unref();
  }

  flushSync(): void {
    if ((this.#state !== 'open' && this.#state !== 'ending') || this.#stream.writeSync === undefined) return;
    const queue = this.#queue;
    this.#queue = [];
    this.#stream.writeSync(queue);
  }

  #read(bytes: Buffer): void {
    if (this.#state === 'destroyed') return;
    try {
      this.#ended = false;
      this.#decoder.push(bytes);
      this.#timer.read(this.#decoder.midFrame, this.#ended);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  #write(chunks: readonly Uint8Array[], spent: readonly ArrayBuffer[]): void {
    this.#spent = spent;
    this.#writing = !this.#stream.write(chunks);
    if (!this.#writing) this.#left();
  }

  /** The system has taken what was being written. */
  #left(): void {
    if (this.#spent.length > 0 && this.#stream.copies === true) this.#memory.giveBack(this.#spent);
    this.#spent = nothingSpent;
  }

  #written(): void {
    this.#writing = false;
    this.#left();
    if (this.#queue.length > 0) {
      const queue = this.#queue;
      const spent = this.#queuedSpent;
      this.#queue = [];
      this.#queuedSpent = nothingSpent;
      this.#write(queue, spent);
    }
    if (this.#writing) return;
    if (this.#state === 'ending') this.#finish();
    else if (this.#state === 'open') this.#receiver?.drained();
  }

  #end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    if (!this.#writing) this.#finish();
  }

  #finish(): void {
    this.#state = 'ended';
    this.#stream.end();
  }

  /** The other side writes no more: what we still have to say is said, then both directions are over. */
  #peerEnded(): void {
    if (this.#decoder.midFrame) {
      this.destroy(new RpcError('CHANNEL_CLOSED', 'the channel ended in the middle of a frame'));
      return;
    }
    this.#end();
  }

  #closed(error: Error | undefined): void {
    if (this.#state === 'closed') return;
    this.#timer.stop();
    const failure = this.#failure ?? this.#brokenPipe(error);
    this.#state = 'closed';
    this.#queue = [];
    this.#receiver?.closed(failure);
    for (const resolve of this.#closing) resolve();
  }

  // The other side may be gone before our last write: once we were ending anyway that is an orderly end.
  #brokenPipe(error: Error | undefined): Error | undefined {
    return error === undefined || this.#state === 'ended' || this.#state === 'destroyed'
      ? undefined
      : new RpcError('CHANNEL_CLOSED', `the channel broke: ${error.message}`, { cause: error });
  }
}
