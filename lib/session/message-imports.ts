import { RpcError } from '../errors/rpc-error.ts';
import { isBytes, isPort, isShared } from '../shared/attachments.ts';
import type { CarriedKind, Importer, StreamFields, TunnelFields } from '../values/values.ts';
import { IncomingSignals } from './incoming-signals.ts';
import type { SharedObjects } from './shared-objects.ts';
import type { Inflow } from './streams/inflow.ts';

/** What is not data in one message that has arrived. */
export class MessageImports implements Importer {
  /** AbortSignals among the arguments; most calls bring none. */
  signals: IncomingSignals | undefined;
  /** The streams that have come with it, as far as this side reads them. */
  inflows: Inflow[] | undefined;
  /** Calls back when one of those is over. An object of its own: a stream that is kept by it must keep nothing else. */
  readonly ends: { stream: (() => void) | undefined } = { stream: undefined };
  readonly #objects: SharedObjects;
  readonly #takesSignals: boolean;
  readonly #reason: ((id: number) => unknown) | undefined;

  /**
   * @param takesSignals - Whether live signals can be in it.
   * @param reason - Finds the reason of a signal of this side's that comes back.
   */
  constructor(objects: SharedObjects, takesSignals: boolean, reason?: (id: number) => unknown) {
    this.#objects = objects;
    this.#takesSignals = takesSignals;
    this.#reason = reason;
  }

  signal(id: number): AbortSignal {
    if (!this.#takesSignals)
      throw new RpcError('PROTOCOL_ERROR', 'the other side sent a live AbortSignal where none can be');
    return (this.signals ??= new IncomingSignals()).signal(id);
  }

  aborting(id: number): AbortController {
    if (!this.#takesSignals) return new AbortController();
    return (this.signals ??= new IncomingSignals()).aborting(id);
  }

  reason(id: number): unknown {
    if (this.#reason === undefined)
      throw new RpcError(
        'PROTOCOL_ERROR',
        'the other side sent the reason of a signal that it was not given',
      );
    return this.#reason(id);
  }

  reference(id: number, kind: number, name: string): object {
    return this.#objects.reference(id, kind, name);
  }

  yours(base: number, path: readonly string[]): unknown {
    return this.#objects.yours(base, path);
  }

  carried(kind: CarriedKind, object: unknown): object {
    const right = kind === 'port' ? isPort(object) : isHandle(object);
    if (right && this.#objects.carries[`${kind}s`] === true) return object as object;
    throw new RpcError('PROTOCOL_ERROR', `the other side sent a ${kind} that has not come with the message`);
  }

  tunnel(fields: TunnelFields): object {
    return this.#objects.ports.receive(fields);
  }

  stream(fields: StreamFields): object {
    const { ends } = this;
    const { value, inflow } = this.#objects.streams.receive(fields, () => ends.stream?.());
    if (inflow !== undefined) (this.inflows ??= []).push(inflow);
    return value;
  }
}

/** What a channel has carried and is nothing else it carries. */
function isHandle(object: unknown): boolean {
  return (
    typeof object === 'object' && object !== null && !isBytes(object) && !isPort(object) && !isShared(object)
  );
}
