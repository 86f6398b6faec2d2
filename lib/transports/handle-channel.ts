import type { Server, Socket } from 'node:net';

import type { Channel, Receiver } from '../channel/channel.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { frameSize } from '../protocol/frame-size.ts';
import { isBytes, noAttachments, type Attachment, type Carries } from '../shared/attachments.ts';
import { nothingSpent } from '../shared/spent.ts';
import type { IpcEndpoint } from './ipc-endpoint.ts';
import { interceptMessages } from './ipc-messages.ts';

/** What Node passes to another process. */
type Handle = Socket | Server;

// A message of the IPC that brings a handle: this, and the handle's number.
const mark = 'portcall:handle';

// A batch with handles begins with this; where they belong among its attachments, and their numbers, follow up to the
// end of the line.
const header = '#';

// Handles that have come without the batch they belong to: more than that are of no honest peer.
const mostUnclaimed = 1024;

// What a batch that waits takes up beside its text and bytes.
const bookkeepingBytes = 256;

// In the place of a handle that has not come.
const missing = new Uint8Array(0);

interface Batch {
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly places: readonly (readonly [place: number, handle: number])[];
}

/**
 * A channel to another process that carries handles as well, over Node's IPC beside it.
 *
 * A batch waits for its handles, and those behind it wait with it.
 */
export class HandleChannel implements Channel {
  readonly carries: Carries;
  readonly partBytes: number | undefined;
  readonly #channel: Channel;
  readonly #endpoint: IpcEndpoint;
  readonly #mostWaitingBytes: number;
  readonly #forHandlesOnly: boolean;
  readonly #arrived = new Map<number, Handle | Uint8Array>();
  #receiver: Receiver | undefined;
  #waiting: Batch[] = [];
  #waitingBytes = 0;
  #lastHandle = 0;
  #stop: (() => void) | undefined;
  #noMore = false;
  #over = false;

  /**
   * @param mostWaitingBytes - What may wait behind a batch whose handles have not come: they come over another way, but
   * hardly much later.
   * @param forHandlesOnly - Whether the IPC is there for the handles, and is ended with the channel.
   */
  constructor(channel: Channel, endpoint: IpcEndpoint, mostWaitingBytes: number, forHandlesOnly: boolean) {
    this.#channel = channel;
    this.#endpoint = endpoint;
    this.#mostWaitingBytes = mostWaitingBytes;
    this.#forHandlesOnly = forHandlesOnly;
    this.carries = { ...channel.carries, handles: true };
    this.partBytes = channel.partBytes;
  }

  open(receiver: Receiver): void {
    this.#receiver = receiver;
    const stopTaking = interceptMessages(this.#endpoint, (message, handle) => this.#took(message, handle));
    const disconnected = (): void => this.#noMoreHandles();
    // Sending on an IPC that is just breaking emits 'error' on the endpoint, fatal without a listener.
    const failed = (): void => {};
    this.#endpoint.on('disconnect', disconnected);
    this.#endpoint.on('error', failed);
    this.#stop = () => {
      stopTaking();
      this.#endpoint.off('disconnect', disconnected);
      this.#endpoint.off('error', failed);
    };
    if (this.#forHandlesOnly) this.#endpoint.channel?.unref();
    this.#channel.open({
      received: (text, attachments) => this.#received(text, attachments),
      room: (...about) => receiver.room?.(...about),
      drained: () => receiver.drained(),
      closed: (error) => this.#closed(error),
    });
  }

  send(
    text: string,
    attachments: readonly Attachment[] = noAttachments,
    spent: readonly ArrayBuffer[] = nothingSpent,
  ): boolean {
    if (attachments.every(isBytes))
      return this.#channel.send(text.startsWith(header) ? `${header}[]\n${text}` : text, attachments, spent);
    const places: [number, number][] = [];
    for (const [place, part] of attachments.entries())
      if (!isBytes(part)) places.push([place, this.#pass(part as Handle)]);
    return this.#channel.send(
      `${header}${JSON.stringify(places)}\n${text}`,
      attachments.filter(isBytes),
      spent,
    );
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  destroy(reason?: Error): void {
    this.#over = true;
    this.#channel.destroy(reason);
  }

  ref(): void {
    this.#channel.ref?.();
  }

  unref(): void {
    this.#channel.unref?.();
  }

  flushSync(): void {
    this.#channel.flushSync?.();
  }

  #pass(handle: Handle): number {
    const number = ++this.#lastHandle;
    if (this.#endpoint.connected) this.#endpoint.send?.([mark, number], handle, undefined, () => {});
    return number;
  }

  /** Whether a message of the IPC was one of ours. */
  #took(message: unknown, handle: unknown): boolean {
    if (!Array.isArray(message) || message[0] !== mark) return false;
    // Without one it was closed before it could be passed: whoever waits for it is told so.
    const came = (typeof handle === 'object' && handle !== null ? handle : missing) as Handle | Uint8Array;
    if (this.#arrived.size < mostUnclaimed && !this.#over) this.#arrived.set(message[1] as number, came);
    else end(came);
    this.#deliver();
    return true;
  }

  #received(text: string, attachments: readonly Attachment[]): void {
    if (this.#over) return;
    if (!text.startsWith(header)) {
      if (this.#waiting.length === 0) this.#receiver?.received(text, attachments);
      else this.#wait({ text, attachments, places: [] });
      return;
    }
    const lineEnd = text.indexOf('\n');
    this.#wait({ text: text.slice(lineEnd + 1), attachments, places: placesIn(text, lineEnd) });
    this.#deliver();
  }

  #wait(batch: Batch): void {
    this.#waiting.push(batch);
    this.#waitingBytes += sizeOf(batch);
    // The first is no larger than a message may be.
    const behind = this.#waitingBytes - sizeOf(this.#waiting[0]!);
    if (behind <= this.#mostWaitingBytes) return;
    this.#waiting = [];
    this.destroy(
      new RpcError(
        'PROTOCOL_ERROR',
        `the other side has sent ${behind} bytes behind a handle that does not come (limits.queuedBytes)`,
      ),
    );
  }

  /** Hands over what waits, as far as its handles have come. */
  #deliver(): void {
    while (this.#waiting.length > 0 && !this.#over) {
      const batch = this.#waiting[0]!;
      const { text, attachments, places } = batch;
      if (!this.#noMore && !places.every(([, handle]) => this.#arrived.has(handle))) return;
      this.#waiting.shift();
      this.#waitingBytes -= sizeOf(batch);
      const all = [...attachments];
      for (const [place, handle] of places) {
        all.splice(place, 0, this.#arrived.get(handle) ?? missing);
        this.#arrived.delete(handle);
      }
      this.#receiver?.received(text, all);
    }
  }

  #noMoreHandles(): void {
    this.#noMore = true;
    this.#deliver();
  }

  #closed(error: Error | undefined): void {
    this.#noMoreHandles();
    this.#over = true;
    for (const handle of this.#arrived.values()) end(handle);
    this.#arrived.clear();
    this.#stop?.();
    // Not from inside a message of the IPC, where Node throws.
    if (this.#forHandlesOnly)
      setImmediate(() => {
        if (this.#endpoint.connected) this.#endpoint.disconnect?.();
      });
    this.#receiver?.closed(error);
  }
}

/** Ends a handle that nobody will use. */
function end(handle: Handle | Uint8Array): void {
  if ('destroy' in handle) handle.destroy();
  else if ('close' in handle) handle.close();
}

/** Where in a batch which handles belong; none where the line is not well-formed, which the batch then shows. */
function placesIn(text: string, lineEnd: number): Batch['places'] {
  try {
    const places: unknown = JSON.parse(text.slice(header.length, lineEnd));
    if (Array.isArray(places) && places.every(isPlace)) return places;
  } catch {
    // As below.
  }
  return [];
}

function isPlace(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => Number.isSafeInteger(part));
}

function sizeOf({ text, attachments }: Batch): number {
  return frameSize(text.length, attachments) + bookkeepingBytes;
}
