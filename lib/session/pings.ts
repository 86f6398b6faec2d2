import { RpcError } from '../errors/rpc-error.ts';
import { Code, type Message } from '../protocol/protocol.ts';
import type { Outbox } from './outbox.ts';

/** What of the calls of the other side a ping can ask for. */
export interface Pinged {
  /** Calls back once that call has ended. */
  onceOver(callId: number, over: () => void): void;
  /** Calls back once no call runs. */
  onceIdle(idle: () => void): void;
}

/** Asks the other side whether it is there, and answers when it asks. */
export class Pings {
  readonly #outbox: Outbox;
  readonly #waiting = new Map<number, () => void>();
  #last = 0;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /**
   * Fulfils once the other side has answered; never, where the channel ends first.
   *
   * @param callId - A call that the other side is to end first; 0 for all.
   * @param behind - Whether it is to arrive behind all that was sent before, large messages included.
   */
  send(callId?: number, behind: boolean = callId === 0): Promise<void> {
    return new Promise((resolve) => {
      const nonce = ++this.#last;
      this.#waiting.set(nonce, resolve);
      const text = `[${Code.ping},${nonce}${callId === undefined ? '' : `,${callId}`}]`;
      if (behind) this.#outbox.postBehind(text);
      else this.#outbox.post(text);
    });
  }

  /** The other side has answered. */
  answered([, nonce]: Message): void {
    this.#waiting.get(nonce as number)?.();
    this.#waiting.delete(nonce as number);
  }

  /** The other side asks. */
  received([, nonce, callId]: Message, calls: Pinged): void {
    if (typeof nonce !== 'number')
      throw new RpcError('PROTOCOL_ERROR', 'the other side sent a ping without a number');
    const answer = (): void => void this.#outbox.post(`[${Code.pong},${nonce}]`);
    if (callId === undefined) answer();
    else if (callId === 0) calls.onceIdle(answer);
    else calls.onceOver(callId as number, answer);
  }
}
