import type { KeptResult, TargetBase } from '../call/call.ts';
import { linkOf } from '../call/link.ts';
import type { Origin } from '../call/origin.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { IterablePromise } from './iterable-result.ts';

/** The result of a call under way, which stays at the other side for as long as anything here can use it. */
export class PendingResult implements TargetBase, KeptResult {
  readonly name: string;
  id: number | undefined;
  sent: Promise<void> | undefined;
  #gone: Error | undefined;
  readonly #origin: Origin;
  #release: (() => void) | undefined;
  // Once the result has turned out to be a reference: that, which stands for it from then on.
  #reference: TargetBase | undefined;

  /** @param name - What the result is called in error messages. */
  constructor(origin: Origin, name: string) {
    this.#origin = origin;
    this.name = name;
  }

  /** Whoever asks is told, and so the process need not be. */
  get gone(): Error | undefined {
    if (this.#gone !== undefined) this.sent?.catch(() => {});
    return this.#gone;
  }

  kept(id: number, release: () => void): void {
    this.id = id < 0 ? id : -id;
    this.#release = release;
    if (this.#gone !== undefined) release();
  }

  /** The promise of the call that it comes from, which rejects where that cannot be made. */
  sending(call: Promise<unknown>): void {
    const sent = this.#sent(call);
    // Whoever uses the result is told, and so is the process where nobody does.
    this.sent = sent;
    if (this.id !== undefined) sent.catch(() => {});
  }

  /** What was read: where that is a reference, the result itself need not stay there. */
  becoming(value: IterablePromise): IterablePromise {
    const read = this.#become(value) as IterablePromise;
    const iterate = (): AsyncGenerator => value[Symbol.asyncIterator]();
    read[Symbol.asyncIterator] = iterate;
    return read;
  }

  async #become(value: Promise<unknown>): Promise<unknown> {
    const arrived = await value;
    const base = linkOf(arrived)?.target.base;
    if (base?.id !== undefined && base.id > 0 && this.id !== undefined && this.id < 0) {
      this.#release?.();
      this.id = base.id;
      this.#reference = base;
    }
    return arrived;
  }

  release(): void {
    if (this.#gone !== undefined) return;
    this.#gone = new RpcError('REFERENCE_RELEASED', `${this.name} was released here`, {
      delivery: 'not-sent',
    });
    if (this.#reference === undefined) this.#release?.();
    else this.#origin.release(this.#reference);
  }

  async #sent(call: Promise<unknown>): Promise<void> {
    try {
      await call;
    } catch (error) {
      this.#gone ??= error as Error;
      throw error;
    }
  }
}
