import type { Call } from '../call/call.ts';
import { timeoutError } from './call-failure.ts';
import type { Deadlines } from './deadlines.ts';
import type { SignalWatches } from './signal-watches.ts';

/** What can end the wait of a call. */
interface Watching {
  readonly deadlines: Deadlines;
  readonly watches: SignalWatches;
}

/** Calls that wait until values can be written, and then go on in the order in which they were made. */
export class Turns {
  readonly #watching: Watching;
  readonly #begun: Promise<void>;
  #begin!: () => void;
  #hasBegun = false;
  #size = 0;
  #idle: (() => void)[] = [];

  constructor(watching: Watching) {
    this.#watching = watching;
    this.#begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
  }

  /** The calls that wait. */
  get size(): number {
    return this.#size;
  }

  /** Whether a call has to wait: until all that came before it have gone on. */
  get waiting(): boolean {
    return !this.#hasBegun || this.#size > 0;
  }

  /** Fulfils once no call waits. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#size === 0) resolve();
      else this.#idle.push(resolve);
    });
  }

  /** Values can be written, or never will be. */
  begin(): void {
    this.#hasBegun = true;
    this.#begin();
  }

  /**
   * Fulfils when it is the call's turn, with the call and the time it has left. Whoever waits says when it has gone on.
   *
   * @throws the reason of its signal, or RpcError `TIMEOUT`
   */
  async wait(call: Call): Promise<Call> {
    const { timeoutMs = Infinity } = call.options;
    const since = performance.now();
    const releases: (() => void)[] = [];
    this.#size++;
    try {
      await this.#turn(call, releases);
    } catch (error) {
      this.gone();
      throw error;
    } finally {
      for (const release of releases) release();
    }
    if (timeoutMs === Infinity) return call;
    const left = Math.max(0, timeoutMs - (performance.now() - since));
    return { ...call, options: { ...call.options, timeoutMs: left } };
  }

  /** A call has gone on, or been given up. */
  gone(): void {
    if (--this.#size > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #turn(call: Call, releases: (() => void)[]): Promise<void> {
    const { signal, timeoutMs } = call.options;
    const { deadlines, watches } = this.#watching;
    return new Promise((resolve, reject) => {
      void this.#begun.then(resolve);
      if (timeoutMs !== undefined)
        releases.push(deadlines.set(timeoutMs, () => reject(timeoutError(call, timeoutMs, false))));
      // The reason is the caller's own, whatever it is.
      // oxlint-disable-next-line prefer-promise-reject-errors
      if (signal !== undefined) releases.push(watches.add(signal, () => reject(signal.reason)));
    });
  }
}
