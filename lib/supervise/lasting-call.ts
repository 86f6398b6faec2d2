import type { Call, Handler } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { LaunchedChild } from '../launch/launched-child.ts';
import { endedError, timeoutError, type Ending } from '../session/call-failure.ts';
import { SignalWatches } from '../session/signal-watches.ts';
import { interrupted } from './interrupted.ts';

const defaultRetries = 1;

/** The lives that a call may be made on. */
export interface Lives {
  /** The one that is there. */
  life(): LaunchedChild;
  /** Whether none follows it, since the user ends the child. */
  closing(): boolean;
  /** Whether none follows it, and it has ended. */
  over(): boolean;
  /** Why none follows although one should. */
  givenUp(): Ending | undefined;
}

/**
 * Makes calls that outlast the life they were made on: one that was not sent is made on the next life, one that was
 * under way only if it is idempotent, and at most `retries` times.
 */
export function lastingCall(lives: Lives): Handler {
  const watches = new SignalWatches();
  return async (call) => {
    const deadline = new Deadline(call, watches);
    let everSent = false;
    let retries = call.options.idempotent === true ? (call.options.retries ?? defaultRetries) : 0;
    for (let attempt = call; ; attempt = deadline.rest()) {
      const life = lives.life();
      try {
        return await life.origin.handler(attempt);
      } catch (error) {
        const ending = life.endingOf(error);
        if (ending === undefined) throw attempt === call ? error : deadline.ofWhole(error, everSent);
        const sent = (error as RpcError).delivery !== 'not-sent';
        everSent ||= sent;
        const lost = sent || !everSent ? error : endedError(call, ending, true);
        if (lives.closing() || (sent && retries-- === 0)) throw lost;
        // It is told so before anybody who waits for it: by then the next life is there, or none will be.
        await deadline.wait(life.exited, everSent);
        if (!lives.over()) continue;
        const givenUp = lives.givenUp();
        throw sent || givenUp === undefined ? lost : endedError(call, givenUp, everSent);
      }
    }
  };
}

/** The time one call has, over all its attempts. */
class Deadline {
  readonly #call: Call;
  readonly #watches: SignalWatches;
  readonly #madeAt: number = performance.now();

  constructor(call: Call, watches: SignalWatches) {
    this.#call = call;
    this.#watches = watches;
  }

  get #timeoutMs(): number {
    return this.#call.options.timeoutMs ?? Infinity;
  }

  get #restMs(): number {
    return this.#timeoutMs - (performance.now() - this.#madeAt);
  }

  /** The call with the time that is left of it. */
  rest(): Call {
    if (this.#timeoutMs === Infinity) return this.#call;
    return { ...this.#call, options: { ...this.#call.options, timeoutMs: Math.max(0, this.#restMs) } };
  }

  /** An error that says how much time the call had, and not how much was left for its last attempt. */
  ofWhole(error: unknown, everSent: boolean): unknown {
    if (!(error instanceof RpcError) || error.code !== 'TIMEOUT') return error;
    return timeoutError(this.#call, this.#timeoutMs, everSent || error.delivery !== 'not-sent');
  }

  /** @throws What the call rejects with, where its time is up or its signal aborts. */
  async wait(promise: Promise<unknown>, everSent: boolean): Promise<void> {
    const { signal } = this.#call.options;
    const came = await interrupted(promise, Math.max(0, this.#restMs), signal, this.#watches);
    if (came === 'aborted') throw signal?.reason;
    if (came === 'late') throw timeoutError(this.#call, this.#timeoutMs, everSent);
  }
}
