import { RpcError } from '../errors/rpc-error.ts';
import type { Cancellation } from './cancellation.ts';
import type { IncomingSignals } from './incoming-signals.ts';
import type { Kept } from './kept-results.ts';
import type { ServedContext } from './served-context.ts';

/** Whoever asks more often about the end of one call does not wait for the answers. */
export const mostAsked = 1000;

/** A call of the other side that has not ended yet. */
export class Running {
  /** As it came: below 0 where no reply is wanted. */
  readonly id: number;
  /** Where its result stays, if it stays here. */
  kept: Kept | undefined;
  /** The AbortSignals it has brought along. */
  signals: IncomingSignals | undefined;
  /** What its function can ask about it, where anything in this thread asks. */
  context: ServedContext | undefined;
  /** What middleware around it can ask, where there is some. */
  cancellation: Cancellation | undefined;
  cancelled = false;
  /** What may be sent at once where the result is a stream. */
  window: { readonly items: number; readonly bytes: number } | undefined;
  #whenEnded: (() => void)[] | undefined;

  constructor(id: number) {
    this.id = id;
  }

  /** Whether anybody would hear of the end of it. */
  get isWatched(): boolean {
    return this.signals !== undefined || this.context !== undefined || this.cancellation !== undefined;
  }

  /** Nobody waits for it any more. */
  cancel(reason: unknown): void {
    this.cancelled = true;
    this.signals?.abortAll(reason);
    this.context?.abort(reason);
    this.cancellation?.abort(reason);
  }

  /**
   * Calls back when it has ended.
   *
   * @throws RpcError `PROTOCOL_ERROR` where that was asked for too often
   */
  onceEnded(callback: () => void): void {
    const callbacks = (this.#whenEnded ??= []);
    if (callbacks.length >= mostAsked)
      throw new RpcError(
        'PROTOCOL_ERROR',
        `the other side asked ${mostAsked} times for the end of call ${this.id}, and did not wait for it`,
      );
    callbacks.push(callback);
  }

  /** It has ended. */
  ended(): void {
    for (const callback of this.#whenEnded ?? []) callback();
  }
}
