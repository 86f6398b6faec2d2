import { wrap } from 'comlink';
import type { Transferable } from 'node:worker_threads';

interface Listener {
  (event: { readonly data: { readonly id: unknown; readonly type: 'RAW'; readonly value: undefined } }): void;
}

/**
 * Tells which parts of a value Comlink's own `transfer()` has marked to be moved.
 *
 * Comlink keeps that to itself, and says it only in what it posts: so a remote of Comlink's own is made, over an
 * endpoint that notes what is posted and answers at once.
 */
export class Transfers {
  readonly #pass: (value: unknown) => unknown;
  #noted: readonly Transferable[] = [];

  constructor() {
    let listener: Listener | undefined;
    const endpoint = {
      postMessage: ({ id }: { readonly id: unknown }, transfer: readonly Transferable[] = []): void => {
        this.#noted = transfer;
        listener?.({ data: { id, type: 'RAW', value: undefined } });
      },
      addEventListener: (_: string, added: unknown): void => {
        listener = added as Listener;
      },
      removeEventListener: (): void => {},
    };
    this.#pass = wrap(endpoint as never) as unknown as (value: unknown) => unknown;
  }

  /** @param value - Neither marked by `proxy()` nor of a kind that has a transfer handler. */
  of(value: object): readonly Transferable[] {
    void this.#pass(value);
    const noted = this.#noted;
    this.#noted = [];
    return noted;
  }
}
