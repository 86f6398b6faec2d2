import type { Serializable } from 'node:child_process';

import type { Channel, Receiver } from '../channel/channel.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { noAttachments } from '../shared/attachments.ts';
import { nothingSpent } from '../shared/spent.ts';
import type { IpcEndpoint } from './ipc-endpoint.ts';
import { interceptMessages } from './ipc-messages.ts';
import { SpentMemory } from './spent-memory.ts';

// Node's IPC carries the messages of everybody in the process. Ours are strings that begin with this, or arrays that do.
const mark = 'portcall:';
const endOfChannel = 'portcall!end';

// `process.send` queues without a bound and has no drain event: this is how much may wait for the pipe.
const highWaterBytes = 256 * 1024;

// A message is read whole before any of it is seen, but each costs much beside its bytes.
const partBytes = 256 * 1024;

/** Whether Node's IPC copies bytes itself (`serialization: 'advanced'`) or they have to be written as text. */
export type IpcBytes = 'native' | 'base64';

/** A channel over Node's fork IPC, beside which the program's own messages travel undisturbed. */
export class IpcChannel implements Channel {
  readonly partBytes: number = partBytes;
  readonly #endpoint: IpcEndpoint;
  readonly #bytes: IpcBytes;
  readonly #messageBytes: number;
  readonly #closing: (() => void)[] = [];
  readonly #restore: (() => void)[] = [];
  readonly #memory = new SpentMemory();
  #receiver: Receiver | undefined;
  #queuedBytes = 0;
  #unsent = 0;
  #owesDrained = false;
  #state: 'open' | 'ending' | 'destroyed' | 'closed' = 'open';
  #failure: Error | undefined;

  /** @param messageBytes - The largest batch that is taken from the other side. */
  constructor(endpoint: IpcEndpoint, bytes: IpcBytes, messageBytes: number) {
    this.#endpoint = endpoint;
    this.#bytes = bytes;
    this.#messageBytes = messageBytes;
  }

  open(receiver: Receiver): void {
    this.#receiver = receiver;
    const disconnected = (): void => this.#closed();
    // Sending on a channel that is just breaking emits 'error' on the endpoint, fatal without a listener.
    const failed = (error: Error): void => void (this.#failure ??= channelBroke(error));
    this.#endpoint.on('disconnect', disconnected);
    this.#endpoint.on('error', failed);
    this.#restore.push(
      interceptMessages(this.#endpoint, (message) => this.#received(message)),
      () => this.#endpoint.off('disconnect', disconnected),
      () => this.#endpoint.off('error', failed),
    );
    if (!this.#endpoint.connected) queueMicrotask(disconnected);
  }

  send(
    text: string,
    attachments: readonly Uint8Array[] = noAttachments,
    spent: readonly ArrayBuffer[] = nothingSpent,
  ): boolean {
    if (this.#state !== 'open') return true;
    const size = text.length + attachments.reduce((sum, bytes) => sum + bytes.byteLength, 0);
    this.#post(
      attachments.length === 0
        ? mark + text
        : [mark, text, ...attachments.map((bytes) => this.#packed(bytes))],
      size,
      spent,
    );
    if (this.#queuedBytes < highWaterBytes) return true;
    this.#owesDrained = true;
    return false;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#state === 'closed') return resolve();
      this.#closing.push(resolve);
      if (this.#state === 'ending') return;
      this.#state = 'ending';
      // Disconnecting right away would lose what is queued. The other side disconnects once it has read up to here.
      this.#post(endOfChannel, 0);
    });
  }

  destroy(reason?: Error): void {
    if (this.#state === 'destroyed' || this.#state === 'closed') return;
    this.#state = 'destroyed';
    this.#failure = reason;
    queueMicrotask(() => {
      this.#disconnect();
      // 'disconnect' follows by itself, but not where the channel was already on its way down.
      this.#closed();
    });
  }

  ref(): void {
    this.#endpoint.channel?.ref();
  }

  unref(): void {
    this.#endpoint.channel?.unref();
  }

  #post(message: Serializable, size: number, spent: readonly ArrayBuffer[] = nothingSpent): void {
    this.#queuedBytes += size;
    this.#unsent++;
    this.#endpoint.send?.(message, () => {
      this.#queuedBytes -= size;
      this.#unsent--;
      this.#memory.giveBack(spent);
      if (!this.#owesDrained || this.#queuedBytes >= highWaterBytes / 2 || this.#state !== 'open') return;
      this.#owesDrained = false;
      this.#receiver?.drained();
    });
  }

  #packed(bytes: Uint8Array): Serializable {
    return this.#bytes === 'native' ? bytes : Buffer.from(bytes).toString('base64');
  }

  /** Whether the message was ours. */
  #received(message: unknown): boolean {
    if (typeof message === 'string') {
      if (message === endOfChannel) this.#peerEnded();
      else if (message.startsWith(mark)) this.#batch(message.slice(mark.length), noAttachments);
      else return false;
      return true;
    }
    if (!Array.isArray(message) || message[0] !== mark) return false;
    const [, text, ...packed] = message as unknown[];
    const parts = packed.map(unpacked);
    if (typeof text === 'string' && parts.every((bytes) => bytes !== undefined)) this.#batch(text, parts);
    else this.destroy(new RpcError('PROTOCOL_ERROR', 'the other side sent a malformed message over IPC'));
    return true;
  }

  /** @param parts - The bytes of the attachments, in memory that is not theirs alone. */
  #batch(text: string, parts: readonly Uint8Array[]): void {
    if (this.#state === 'destroyed' || this.#state === 'closed') return;
    const bytes = parts.reduce((sum, part) => sum + part.byteLength, text.length);
    if (bytes > this.#messageBytes) {
      this.destroy(
        new RpcError(
          'PROTOCOL_ERROR',
          `the other side sent ${bytes} bytes at once; at most ${this.#messageBytes} are taken (limits.messageBytes)`,
        ),
      );
      return;
    }
    this.#receiver?.received(
      text,
      parts.map((part, place) => this.#own(text, part, place)),
    );
  }

  #own(text: string, part: Uint8Array, place: number): Uint8Array {
    const room = part.byteLength === 0 ? undefined : this.#receiver?.room?.(text, place, part.byteLength);
    if (room?.byteLength !== part.byteLength) return new Uint8Array(part);
    room.set(part);
    return room;
  }

  #peerEnded(): void {
    this.#state = 'ending';
    const disconnect = (): void => this.#disconnect();
    // What we have sent before has to leave first.
    if (this.#unsent === 0) queueMicrotask(disconnect);
    else this.#endpoint.send?.(endOfChannel, disconnect);
  }

  /** Never called while a message is handed over: Node throws where that is one it had kept. */
  #disconnect(): void {
    if (this.#endpoint.connected) this.#endpoint.disconnect?.();
  }

  #closed(): void {
    if (this.#state === 'closed') return;
    const broken =
      this.#state === 'open'
        ? (this.#failure ?? new RpcError('CHANNEL_CLOSED', 'the IPC channel is gone'))
        : this.#failure;
    this.#state = 'closed';
    for (const restore of this.#restore) restore();
    this.#receiver?.closed(broken);
    for (const resolve of this.#closing) resolve();
  }
}

function channelBroke(error: Error): RpcError {
  return new RpcError('CHANNEL_CLOSED', `the IPC channel broke: ${error.message}`, { cause: error });
}

function unpacked(part: unknown): Uint8Array | undefined {
  const bytes = typeof part === 'string' ? Buffer.from(part, 'base64') : part;
  return bytes instanceof Uint8Array ? bytes : undefined;
}
