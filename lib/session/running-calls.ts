import { contextSlot, type ContextSlot } from '../call/context.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { FleetingMap } from '../shared/fleeting-map.ts';
import { mostAsked, type Running } from './running.ts';
import type { Outflow } from './streams/outflow.ts';

/** The calls of the other side that have not ended, and those that have returned streams which go on. */
export class RunningCalls {
  readonly #contexts: ContextSlot = contextSlot();
  readonly #running = new FleetingMap<number, Running>();
  // Which call brought along the signal of this number.
  readonly #signals = new FleetingMap<number, Running>();
  // Streams that calls have returned and nobody has asked for yet, by the number of the call.
  readonly #unasked = new FleetingMap<number, Outflow>();
  // Calls that have returned streams which go on, where they can be told that nobody waits any more.
  readonly #streaming = new FleetingMap<number, Running>();
  #idle: (() => void)[] = [];

  get size(): number {
    return this.#running.size;
  }

  has(id: number): boolean {
    return this.#running.has(id);
  }

  /** The one that nobody may wait for any more: it runs, or what it has returned goes on. */
  find(id: number): Running | undefined {
    return this.#running.get(id) ?? this.#streaming.get(id);
  }

  /** The one that has brought along the signal of this number. */
  bySignal(id: number): Running | undefined {
    return this.#signals.get(id);
  }

  /** It waits for the results of other calls. */
  waits(running: Running): void {
    this.#running.set(running.id, running);
  }

  /** It waits no more, and begins or is dropped in `then`. */
  waitsNoMore(running: Running, then: () => void): void {
    this.#running.delete(running.id);
    then();
    if (!this.#running.has(running.id)) running.ended();
    this.#checkIdle();
  }

  /** Its function runs. */
  runs(running: Running): void {
    this.#running.set(running.id, running);
    for (const id of running.signals?.ids ?? []) this.#signals.set(id, running);
  }

  /** Its function has returned. */
  over(running: Running): void {
    this.#running.delete(running.id);
    for (const id of running.signals?.ids ?? []) this.#signals.delete(id);
    running.ended();
    this.#checkIdle();
  }

  /** The result of a call, if it is a stream, is wanted at once. Tells whether there is such a call. */
  iterated(id: number, items: number, bytes: number): boolean {
    const outflow = this.#unasked.get(id);
    if (outflow !== undefined) {
      this.#unasked.delete(id);
      outflow.credit(items, bytes);
      return true;
    }
    const running = this.#running.get(id);
    if (running === undefined) return false;
    running.window = { items, bytes };
    return true;
  }

  /** The result of a call holds streams: what the call has brought along lives until they have ended. */
  streaming(running: Running, outflows: readonly Outflow[], whenEnded: (ended: () => void) => void): void {
    const [first] = outflows;
    const { id, signals, window } = running;
    if (first === undefined) return;
    for (const signal of signals?.ids ?? []) this.#signals.set(signal, running);
    if (running.isWatched) this.#streaming.set(id, running);
    const { context } = running;
    const { hook } = this.#contexts;
    if (context !== undefined && hook !== undefined)
      for (const outflow of outflows) outflow.within((step) => hook.run(context, step));
    let open = outflows.length;
    whenEnded(() => {
      if (--open > 0) return;
      this.#unasked.delete(id);
      this.#streaming.delete(id);
      for (const signal of signals?.ids ?? []) this.#signals.delete(signal);
    });
    if (window !== undefined) first.credit(window.items, window.bytes);
    else this.#unasked.set(id, first);
  }

  /** Calls back once a call of the other side has ended: at once, where it has or never was. */
  onceOver(id: number, over: () => void): void {
    const running = this.#running.get(id);
    if (running === undefined) over();
    else running.onceEnded(over);
  }

  /**
   * Calls back once nothing runs any more.
   *
   * @throws RpcError `PROTOCOL_ERROR` where that was asked for too often
   */
  onceIdle(idle: () => void): void {
    if (this.#idle.length >= mostAsked)
      throw new RpcError(
        'PROTOCOL_ERROR',
        `the other side asked ${mostAsked} times for the end of its calls`,
      );
    void this.whenIdle().then(idle);
  }

  /** Fulfils once nothing runs any more. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#running.size === 0) resolve();
      else this.#idle.push(resolve);
    });
  }

  /** The other side is gone: what still runs for it is told so. */
  end(reason: RpcError): void {
    for (const running of [...this.#running.values(), ...this.#streaming.values()]) running.cancel(reason);
    this.#unasked.clear();
  }

  #checkIdle(): void {
    if (this.#running.size > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}
