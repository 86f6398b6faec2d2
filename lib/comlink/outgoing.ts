import { transferHandlers } from 'comlink';
import type { Transferable } from 'node:worker_threads';

import { RpcError } from '../errors/rpc-error.ts';
import { describe } from '../shared/describe.ts';
import { withoutOwnFrames } from '../shared/own-frames.ts';
import { isProxyMarked } from './markers.ts';
import type { WireError, WireThrown, WireValue } from './messages.ts';
import type { References, Served } from './references.ts';
import { handlerOf } from './remote.ts';
import type { Transfers } from './transfers.ts';
import { isCloneable, uncloneable } from './uncloneable.ts';
import type { Wire } from './wire.ts';

/** One message on its way out: the values in it, what moves with it, and what is served for it. */
export class Outgoing {
  readonly #references: References;
  readonly #transfers: Transfers;
  readonly #written: { readonly root: string; readonly value: unknown }[] = [];
  readonly #moved: Transferable[] = [];
  readonly #served: Served[] = [];

  constructor(references: References, transfers: Transfers) {
    this.#references = references;
    this.#transfers = transfers;
  }

  /**
   * A value as Comlink writes it.
   *
   * @param root - What it is called in error messages.
   * @throws RpcError `NOT_SERIALIZABLE` where a look at it fails
   */
  value(value: unknown, root: string): WireValue {
    try {
      return this.#value(value, root);
    } catch (error) {
      this.revoke();
      if (error instanceof RpcError) throw error;
      throw new RpcError('NOT_SERIALIZABLE', `${root} cannot be sent: its own code threw`, { cause: error });
    }
  }

  /** An object by reference, whether or not it is marked. */
  reference(object: object): WireValue {
    return { type: 'HANDLER', name: 'proxy', value: this.port(object) };
  }

  /** A new port over which an object is served. */
  port(object: object): unknown {
    const served = this.#references.serve(object);
    this.#served.push(served);
    this.#moved.push(served.port);
    return served.port;
  }

  /**
   * Posts the message. Where that fails nothing has been sent, and nothing stays served for it.
   *
   * @throws RpcError `NOT_SERIALIZABLE` with the path to what cannot be sent
   */
  post(wire: Wire, message: object): void {
    try {
      wire.post(message, this.#moved);
    } catch (error) {
      this.revoke();
      const { root, value } =
        this.#written.find((written) => !isCloneable(written.value)) ?? this.#written[0]!;
      throw uncloneable(value, root, error, this.#moved);
    }
  }

  revoke(): void {
    for (const served of this.#served) served.revoke();
  }

  #value(value: unknown, root: string): WireValue {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
      this.#written.push({ root, value });
      return { type: 'RAW', value };
    }
    // Structured clone makes `{}` of it, which nobody wants.
    if (value instanceof AbortSignal) throw uncloneable(value, root, undefined, []);
    // A remote is passed on: whoever calls it calls through this side.
    if (handlerOf(value) !== undefined || isProxyMarked(value)) return this.reference(value);
    for (const [name, handler] of transferHandlers) {
      // These two are Portcall's own.
      if (name === 'proxy' || name === 'throw' || !handler.canHandle(value)) continue;
      const [serialized, moved] = handler.serialize(value);
      this.#written.push({ root, value: serialized });
      this.#moved.push(...(moved as unknown as Transferable[]));
      return { type: 'HANDLER', name, value: serialized };
    }
    if (typeof value === 'object') this.#moved.push(...this.#transfers.of(value));
    this.#written.push({ root, value });
    return { type: 'RAW', value };
  }
}

/** Whatever was thrown as Comlink writes it; where parts of it cannot be sent, as much of it as can. */
export function thrownValue(thrown: unknown): WireValue {
  return { type: 'HANDLER', name: 'throw', value: thrownForm(thrown) };
}

function thrownForm(thrown: unknown): WireThrown {
  try {
    if (thrown instanceof Error) return { isError: true, value: errorFields(thrown) };
    if (isCloneable(thrown)) return { isError: false, value: thrown };
  } catch {
    // A Proxy that throws when it is looked at is none that can be sent.
  }
  return { isError: true, value: errorFields(uncloneable(thrown, 'what was thrown', undefined, [])) };
}

// Comlink's side gives its error all the properties that are in here.
function errorFields(error: Error): WireError {
  const own: Record<string, unknown> = {};
  for (const key of Object.keys(error)) {
    if (key === '__proto__') continue;
    const value = read(error, key);
    if (isCloneable(value)) own[key] = value;
  }
  return {
    ...own,
    message: textOf(read(error, 'message')),
    name: textOf(read(error, 'name')),
    stack: withoutOwnFrames(textOf(read(error, 'stack'))),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : describe(value);
}

// A getter of a thrown value may throw itself; the rest of the error is still worth having.
function read(error: object, key: string): unknown {
  try {
    return Reflect.get(error, key);
  } catch {
    return undefined;
  }
}
