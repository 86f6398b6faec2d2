import { MessagePort, type Transferable } from 'node:worker_threads';

import type { Channel, Receiver } from '../channel/channel.ts';
import { RpcError } from '../errors/rpc-error.ts';
import {
  attachedBytes,
  isBytes,
  isPort,
  isShared,
  noAttachments,
  type Attachment,
  type Carries,
} from '../shared/attachments.ts';

// What a port carries: a string is a batch's text; an array is a batch's text followed by its attachments; a number
// says how much of what was sent has been taken, since ports have no backpressure of their own; null is the end.

// How much may be on its way before `send` returns false, and how much is taken before the sender is told.
const windowBytes = 1024 * 1024;
const reportBytes = 128 * 1024;

/** What every port carries. */
export const portCarries: Carries = Object.freeze({ transfer: true, shared: true, ports: true });

const nothing: readonly Transferable[] = Object.freeze([]);

/** What is told of each message, because the other side may not be able to wait for the event of it. */
export interface Told {
  ring(): void;
  /** This thread ends. */
  end?(exitCode: number): void;
}

/** A channel over a MessagePort that is used for nothing else. */
export class PortChannel implements Channel {
  readonly carries: Carries = portCarries;
  readonly #port: MessagePort;
  readonly #messageBytes: number;
  readonly #told: Told | undefined;
  readonly #closing: (() => void)[] = [];
  #receiver: Receiver | undefined;
  #unacknowledged = 0;
  #unreported = 0;
  #owesDrained = false;
  #state: 'open' | 'ending' | 'destroyed' | 'closed' = 'open';
  #failure: Error | undefined;

  /**
   * @param messageBytes - The largest batch that is taken from the other side.
   * @param told - Told after each message.
   */
  constructor(port: MessagePort, messageBytes: number, told?: Told) {
    this.#port = port;
    this.#messageBytes = messageBytes;
    this.#told = told;
    // The other thread may be gone before this end is opened.
    port.on('close', () => this.#closed());
  }

  open(receiver: Receiver): void {
    this.#receiver = receiver;
    if (this.#state === 'closed') {
      queueMicrotask(() => receiver.closed(this.#failure));
      return;
    }
    this.#port.on('message', (message: unknown) => this.take(message));
    this.#port.on('messageerror', (error: Error) => {
      this.destroy(
        new RpcError('PROTOCOL_ERROR', `a message could not be read: ${error.message}`, { cause: error }),
      );
    });
  }

  send(text: string, attachments: readonly Attachment[] = noAttachments): boolean {
    if (this.#state !== 'open') return true;
    if (attachments.length === 0) {
      this.#post(text);
      this.#unacknowledged += text.length;
    } else {
      // The attachments are the channel's own: moving their memory saves the port a copy.
      const moved = movable(attachments);
      this.#post([text, ...moved], moved.flatMap(transferred));
      this.#unacknowledged += sizeOf(text, attachments);
    }
    if (this.#unacknowledged < windowBytes) return true;
    this.#owesDrained = true;
    return false;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#state === 'closed') return resolve();
      this.#closing.push(resolve);
      if (this.#state === 'ending') return;
      this.#state = 'ending';
      // The other side closes the port once it has read up to here; closing it now could cost what is on its way.
      this.#post(null);
    });
  }

  destroy(reason?: Error): void {
    if (this.#state === 'destroyed' || this.#state === 'closed') return;
    this.#state = 'destroyed';
    this.#failure = reason;
    this.#port.close();
  }

  ref(): void {
    this.#port.ref();
  }

  unref(): void {
    this.#port.unref();
  }

  flushSync(): void {
    // The messages are with the other side already. It need not wait for more.
    this.#told?.end?.(Number(process.exitCode ?? 0));
  }

  /** Nothing is sent or received any more, whether or not the receiver has been told. */
  get over(): boolean {
    return this.#state !== 'open';
  }

  /** What has ended it, where that was no orderly end. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** What the port says to a message that means nothing. */
  probe(): unknown {
    const said: unknown = this.#port.postMessage(0);
    return said;
  }

  /** A message has arrived: by the event of the port, or taken out of it by who could not wait for that. */
  take(message: unknown): void {
    if (this.#state === 'destroyed' || this.#state === 'closed') return;
    if (typeof message === 'string') {
      this.#batch(message, noAttachments);
    } else if (typeof message === 'number' && Number.isSafeInteger(message) && message >= 0) {
      this.#acknowledged(message);
    } else if (Array.isArray(message) && isBatch(message)) {
      const [text, ...attachments] = message;
      this.#batch(text, attachments);
    } else if (message === null) {
      this.#state = 'ending';
      this.#port.close();
    } else {
      this.destroy(
        new RpcError(
          'PROTOCOL_ERROR',
          'the port carried a message that is not Portcall’s; give each session a port of its own',
        ),
      );
    }
  }

  #post(message: unknown, moved: readonly Transferable[] = nothing): void {
    if (moved.length === 0) this.#port.postMessage(message);
    else this.#port.postMessage(message, moved);
    this.#told?.ring();
  }

  #batch(text: string, attachments: readonly Attachment[]): void {
    const bytes = sizeOf(text, attachments);
    if (bytes > this.#messageBytes) {
      this.destroy(
        new RpcError(
          'PROTOCOL_ERROR',
          `the other side sent ${bytes} bytes at once; at most ${this.#messageBytes} are taken (limits.messageBytes)`,
        ),
      );
      return;
    }
    this.#unreported += bytes;
    if (this.#unreported >= reportBytes) {
      if (this.#state === 'open') this.#post(this.#unreported);
      this.#unreported = 0;
    }
    this.#receiver?.received(text, attachments);
  }

  #acknowledged(bytes: number): void {
    this.#unacknowledged = Math.max(0, this.#unacknowledged - bytes);
    if (!this.#owesDrained || this.#unacknowledged >= windowBytes || this.#state !== 'open') return;
    this.#owesDrained = false;
    this.#receiver?.drained();
  }

  #closed(): void {
    if (this.#state === 'closed') return;
    // Without an end by this side or an orderly one by the other, the other thread is gone.
    if (this.#state === 'open')
      this.#failure = new RpcError('CHANNEL_CLOSED', 'the other end of the port is gone');
    this.#state = 'closed';
    this.#receiver?.closed(this.#failure);
    for (const resolve of this.#closing) resolve();
  }
}

function isBatch(message: readonly unknown[]): message is [string, ...Attachment[]] {
  return (
    typeof message[0] === 'string' &&
    message.every(
      (part, index) => index === 0 || part instanceof Uint8Array || isShared(part) || isPort(part),
    )
  );
}

function sizeOf(text: string, attachments: readonly Attachment[]): number {
  return attachments.reduce<number>((sum, part) => sum + attachedBytes(part), text.length);
}

/**
 * The attachments in memory that can be moved, each its own. A port ships the whole buffer behind a view, other
 * people's bytes included; memory shared between threads would stay shared; and no buffer can be moved twice.
 */
function movable(attachments: readonly Attachment[]): Attachment[] {
  const seen = new Set<ArrayBufferLike>();
  return attachments.map((bytes) => {
    if (!isBytes(bytes)) return bytes;
    const whole = !seen.has(bytes.buffer) && bytes.buffer.byteLength === bytes.byteLength;
    seen.add(bytes.buffer);
    return whole && isOverArrayBuffer(bytes) ? bytes : new Uint8Array(bytes);
  });
}

/** What a port has to be told of to move it. */
function transferred(part: Attachment): Transferable[] {
  if (isBytes(part)) return [part.buffer as ArrayBuffer];
  return part instanceof MessagePort ? [part] : [];
}

function isOverArrayBuffer(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer;
}
