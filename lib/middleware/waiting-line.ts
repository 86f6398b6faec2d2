import type { Call } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { timerMs } from '../shared/timer-ms.ts';
import { callName } from '../call/call-name.ts';

/** Calls that wait for their turn, first come, first served. A call that is aborted or too late leaves the line. */
export class WaitingLine {
  readonly #most: number;
  readonly #why: string;
  readonly #waiting = new Set<() => void>();

  /**
   * @param most - How many calls may wait.
   * @param why - What they wait for, for messages: "4 calls are under way (concurrency)".
   */
  constructor(most: number, why: string) {
    this.#most = most;
    this.#why = why;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Fulfils when it is the call's turn.
   *
   * @throws RpcError `OVERLOADED` where the line is full, `TIMEOUT` where the call's time is over first; the reason of
   * the call's signal where that aborts first
   */
  async join(call: Call): Promise<void> {
    const { signal, timeoutMs = Infinity } = call.options;
    if (signal?.aborted === true) throw signal.reason;
    if (this.#waiting.size >= this.#most) throw this.#full(call);
    await new Promise<void>((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const leave = (): void => {
        this.#waiting.delete(go);
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      const go = (): void => {
        leave();
        resolve();
      };
      const abort = (): void => {
        leave();
        reject(signal?.reason);
      };
      const late = (): void => {
        leave();
        reject(this.#tooLate(call, timeoutMs));
      };
      this.#waiting.add(go);
      signal?.addEventListener('abort', abort);
      // A timer cannot be set for longer; whoever makes the call in the end keeps the deadline too.
      if (timerMs(timeoutMs) === timeoutMs) timer = setTimeout(late, timeoutMs);
    });
  }

  /** Lets the first of the line go; `false` where nobody waits. */
  next(): boolean {
    for (const go of this.#waiting) {
      go();
      return true;
    }
    return false;
  }

  #full(call: Call): RpcError {
    const wait = this.#most === 0 ? 'none may wait' : `${this.#waiting.size} wait already`;
    return new RpcError(
      'OVERLOADED',
      `${callName(call)} was not made: ${this.#why}, and ${wait}. Make it again later`,
      { delivery: 'not-sent' },
    );
  }

  #tooLate(call: Call, timeoutMs: number): RpcError {
    return new RpcError(
      'TIMEOUT',
      `${callName(call)} was not made within ${timeoutMs} ms: ${this.#why}. It did not run`,
      { delivery: 'not-sent' },
    );
  }
}
