import { RpcError } from '../errors/rpc-error.ts';
import { Unsendable } from '../values/unsendable.ts';
import type { Exporter, Importer } from '../values/values.ts';

/** The AbortSignals of the other side that one call has brought along. */
export class IncomingSignals implements Importer {
  // Most calls bring none.
  #controllers: Map<number, AbortController> | undefined;

  signal(id: number): AbortSignal {
    return this.aborting(id).signal;
  }

  aborting(id: number): AbortController {
    this.#controllers ??= new Map();
    let controller = this.#controllers.get(id);
    if (controller === undefined) this.#controllers.set(id, (controller = new AbortController()));
    return controller;
  }

  reason(): never {
    throw unknownReason();
  }

  /** The numbers they are known by. */
  get ids(): Iterable<number> {
    return this.#controllers?.keys() ?? [];
  }

  /** Aborts one of them. */
  abort(id: number, reason: unknown): void {
    this.#controllers?.get(id)?.abort(reason);
  }

  /** Aborts all of them: the caller no longer waits. */
  abortAll(reason: unknown): void {
    for (const controller of this.#controllers?.values() ?? []) controller.abort(reason);
  }

  /** The number of the signal that was aborted with this very object. */
  reasonOf(value: object): number | undefined {
    for (const [id, { signal }] of this.#controllers ?? [])
      if (signal.aborted && signal.reason === value) return id;
    return undefined;
  }
}

/** For values in which no live signal can be: what is said about a call rather than passed to it. */
export const noSignals: Exporter = {
  signal: () => {
    throw new Unsendable('an AbortSignal', 'pass it as an argument of a call that is awaited');
  },
  reasonOf: () => undefined,
};

/** The same for values that arrive. */
export const noIncomingSignals: Importer = {
  signal: () => {
    throw new RpcError('PROTOCOL_ERROR', 'the other side sent a live AbortSignal where none can be');
  },
  aborting: () => new AbortController(),
  reason: () => {
    throw unknownReason();
  },
};

function unknownReason(): RpcError {
  return new RpcError('PROTOCOL_ERROR', 'the other side sent the reason of a signal that it was not given');
}
