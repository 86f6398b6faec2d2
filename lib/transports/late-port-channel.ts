import type { MessagePort } from 'node:worker_threads';

import type { Channel, Receiver } from '../channel/channel.ts';
import { portCarries, PortChannel } from './port-channel.ts';
import type { Attachment, Carries } from '../shared/attachments.ts';

/**
 * A channel over a port that has yet to come, as `{ portcall: port }` over a port that the program uses for messages
 * of its own. Those are left alone.
 */
export class LatePortChannel implements Channel {
  readonly carries: Carries = portCarries;
  readonly #outer: MessagePort;
  readonly #messageBytes: number;
  readonly #waiting: [text: string, attachments: readonly Attachment[] | undefined][] = [];
  #receiver: Receiver | undefined;
  #inner: PortChannel | undefined;
  #held = true;
  #over = false;
  readonly #listener = (message: unknown): void => this.#offered(message);

  constructor(outer: MessagePort, messageBytes: number) {
    this.#outer = outer;
    this.#messageBytes = messageBytes;
    outer.on('message', this.#listener);
    outer.on('close', this.#outerClosed);
  }

  open(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#inner?.open(receiver);
  }

  send(text: string, attachments?: readonly Attachment[]): boolean {
    if (this.#inner !== undefined) return this.#inner.send(text, attachments);
    this.#waiting.push([text, attachments]);
    return false;
  }

  async close(): Promise<void> {
    if (this.#inner !== undefined) return this.#inner.close();
    this.#end();
  }

  destroy(reason?: Error): void {
    if (this.#inner !== undefined) this.#inner.destroy(reason);
    else this.#end(reason);
  }

  ref(): void {
    this.#held = true;
    (this.#inner ?? this.#outer).ref();
  }

  unref(): void {
    this.#held = false;
    (this.#inner ?? this.#outer).unref();
  }

  #offered(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('portcall' in message)) return;
    this.#stopListening();
    const inner = new PortChannel(message.portcall as MessagePort, this.#messageBytes);
    this.#inner = inner;
    if (!this.#held) inner.unref();
    if (this.#receiver !== undefined) inner.open(this.#receiver);
    for (const [text, attachments] of this.#waiting.splice(0)) inner.send(text, attachments);
    this.#receiver?.drained();
  }

  readonly #outerClosed = (): void => {
    if (this.#inner === undefined) this.#end();
  };

  #end(reason?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopListening();
    queueMicrotask(() => this.#receiver?.closed(reason));
  }

  #stopListening(): void {
    this.#outer.off('message', this.#listener);
    this.#outer.off('close', this.#outerClosed);
  }
}
