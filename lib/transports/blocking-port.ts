import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';

import type { Bell } from './bell.ts';
import type { PortChannel } from './port-channel.ts';

// How often it is looked whether the other thread still lives, in milliseconds. One that ends in an orderly way says so.
const lookEveryMs = 100;

/** What has become of the wait for a message: one was received, the time is up, or none will come any more. */
export type Awaited = 'received' | 'late' | 'ended';

/** Takes what arrives at the port of a channel without giving up the thread. */
export class BlockingPort {
  readonly #channel: PortChannel;
  readonly #port: MessagePort;
  readonly #bell: Bell;
  #tellsEnd: boolean | undefined;
  #gone = false;

  /** @param bell - Rung by the other side for each message. */
  constructor(channel: PortChannel, port: MessagePort, bell: Bell) {
    this.#channel = channel;
    this.#port = port;
    this.#bell = bell;
  }

  /** Whether it is known that the other thread has ended, or the channel to it. */
  get ended(): boolean {
    return this.#gone || this.#channel.over || this.#bell.exitCode !== undefined;
  }

  /** The code the other thread has ended with, where it has said so. */
  get exitCode(): number | undefined {
    return this.#bell.exitCode;
  }

  /** What has ended the channel, where that was no orderly end. */
  get failure(): Error | undefined {
    return this.#channel.failure;
  }

  /** What forbids to block this thread; `undefined` where nothing does. */
  forbidden(): unknown {
    return this.#bell.forbidden();
  }

  /**
   * Hands one message to the receiver of the channel: the next that is there, or comes within the time. What has
   * arrived before the other thread ended is received first.
   */
  receive(ms: number): Awaited {
    const until = performance.now() + ms;
    for (;;) {
      // Both before it is looked: what comes after that rings once more, and what ends has sent everything before.
      const heard = this.#bell.count;
      const ended = this.ended;
      const next = receiveMessageOnPort(this.#port);
      if (next !== undefined) {
        this.#channel.take(next.message);
        return 'received';
      }
      if (ended) return 'ended';
      const left = until - performance.now();
      if (left <= 0) return 'late';
      if (this.#bell.wait(heard, Math.min(left, lookEveryMs))) continue;
      this.#gone = this.#isGone();
    }
  }

  /**
   * Whether the other thread has ended without a word: out of memory, or terminated. The events that tell of it need
   * the event loop, but a port says `true` to a message only while there is somebody to read it.
   */
  #isGone(): boolean {
    this.#tellsEnd ??= portsTellEnd();
    return this.#tellsEnd && this.#channel.probe() !== true;
  }
}

/** Whether the ports of this runtime do so. */
function portsTellEnd(): boolean {
  const { port1 } = new MessageChannel();
  const said: unknown = port1.postMessage(null);
  port1.close();
  return said === true;
}
