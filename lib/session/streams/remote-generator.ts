import type { Inflow } from './inflow.ts';

/** A stream as it is read at the consumer: the other side's generator. */
export class RemoteGenerator implements AsyncGenerator<unknown, unknown, unknown> {
  readonly #inflow: Inflow;

  constructor(inflow: Inflow) {
    this.#inflow = inflow;
  }

  next(...given: [] | [unknown]): Promise<IteratorResult<unknown, unknown>> {
    return this.#inflow.next(given, this);
  }

  async return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    return this.#inflow.return(await value, this);
  }

  async throw(reason: unknown): Promise<IteratorResult<unknown, unknown>> {
    return this.#inflow.throw(reason, this);
  }

  /** Whoever iterates reads to the end or breaks off, and passes nothing in: the window is opened. */
  [Symbol.asyncIterator](): this {
    this.#inflow.open();
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inflow.return(undefined, this);
  }

  get [Symbol.toStringTag](): string {
    return 'AsyncGenerator';
  }
}
