import type { Call, Handler } from '../call/call.ts';
import { target } from '../call/target.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { compose } from '../middleware/compose.ts';
import type { Middleware } from '../middleware/middleware.ts';
import type { Limits } from '../protocol/limits.ts';
import { describe } from '../shared/describe.ts';
import { arrived, discard } from './incoming.ts';
import { finalizerOf } from './markers.ts';
import { perform } from './members.ts';
import { isPath, type Fields, type WireValue } from './messages.ts';
import { Outgoing, thrownValue } from './outgoing.ts';
import type { References } from './references.ts';
import { handlerOf } from './remote.ts';
import type { Transfers } from './transfers.ts';
import type { Wire } from './wire.ts';

/** What a responder needs of its conversation. */
export interface ResponderSettings {
  readonly wire: Wire;
  readonly references: References;
  readonly transfers: Transfers;
  readonly limits: Limits;
  readonly middleware: readonly Middleware[];
  readonly onError: (error: unknown) => void;
  /** The other side has let go of the object. */
  readonly released: () => void;
}

const kinds: ReadonlyMap<unknown, Call['kind']> = new Map([
  ['APPLY', 'call'],
  ['GET', 'get'],
  ['CONSTRUCT', 'new'],
  ['SET', 'set'],
]);

/** The half of a conversation that takes calls, on one object. */
export class Responder {
  readonly #object: object;
  readonly #settings: ResponderSettings;
  readonly #handler: Handler;
  #running = 0;
  #refusal: RpcError | undefined;
  #over = false;
  #idle: (() => void)[] = [];

  constructor(object: object, settings: ResponderSettings) {
    this.#object = object;
    this.#settings = settings;
    // A remote that is passed on: whoever calls it calls what it leads to.
    const performer = handlerOf(object) ?? (async (call) => perform(object, call));
    this.#handler = compose(settings.middleware, performer);
  }

  get runningCalls(): number {
    return this.#running;
  }

  /** A request of the other side. Whatever becomes of it is answered. */
  requested(message: Fields): void {
    const { type, id } = message;
    if (this.#over) return;
    if (type === 'RELEASE') {
      this.#reply(id, { type: 'RAW', value: undefined });
      this.#settings.released();
      this.#finalize();
      return;
    }
    this.#running++;
    void this.#answer(message).finally(() => {
      if (--this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
    });
  }

  /** Takes no further calls. */
  refuse(error: RpcError): void {
    this.#refusal ??= error;
  }

  /** The other side is gone: nothing is answered any more. */
  end(): void {
    this.#over = true;
  }

  /** Fulfils once nothing runs any more. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#running === 0) resolve();
      else this.#idle.push(resolve);
    });
  }

  /** Runs up to the first wait of the exposed code before it returns, so that calls start in their order. */
  async #answer(message: Fields): Promise<void> {
    const { id } = message;
    const reply = new Outgoing(this.#settings.references, this.#settings.transfers);
    try {
      const value = await this.#written(message, reply);
      if (this.#over) reply.revoke();
      else reply.post(this.#settings.wire, { ...value, id });
    } catch (error) {
      reply.revoke();
      if (!this.#over) this.#reply(id, thrownValue(error));
    }
  }

  async #written(message: Fields, reply: Outgoing): Promise<WireValue> {
    const refusal = this.#refusal ?? this.#overloaded();
    if (refusal !== undefined) {
      const unread: unknown = message['argumentList'];
      if (Array.isArray(unread)) for (const wire of unread) discard(wire, this.#settings.references);
      throw refusal;
    }
    if (message['type'] === 'ENDPOINT') return { type: 'RAW', value: reply.port(this.#object) };
    const call = this.#call(message);
    const result = await this.#handler(call);
    if (call.kind !== 'new') return reply.value(result, 'result');
    if (typeof result === 'object' && result !== null) return reply.reference(result);
    throw new RpcError('PROTOCOL_ERROR', `the class gave ${describe(result)} instead of an instance`);
  }

  #overloaded(): RpcError | undefined {
    const { runningCalls } = this.#settings.limits;
    if (this.#running <= runningCalls) return undefined;
    return new RpcError(
      'OVERLOADED',
      `${runningCalls} calls are running at the other side already (its limits.runningCalls); make it again later`,
      { delivery: 'not-sent' },
    );
  }

  #call({ type, path = [], argumentList = [], value }: Fields): Call {
    const kind = kinds.get(type);
    // A name is never longer than a path is deep: both are the other side's to choose.
    if (kind === undefined || !isPath(path) || path.length > this.#settings.limits.depth) {
      throw new RpcError('PROTOCOL_ERROR', `there is no ${describe(type)} of ${describe(path)}`);
    }
    if (!Array.isArray(argumentList))
      throw new RpcError('PROTOCOL_ERROR', 'the call came without a list of arguments');
    if (kind === 'set') {
      const to = target(path.slice(0, -1));
      return { kind, target: to, args: [{ [path.at(-1) ?? '']: this.#argument(value) }], options: {} };
    }
    const args = kind === 'get' ? [] : argumentList;
    return { kind, target: target(path), args: args.map((wire) => this.#argument(wire)), options: {} };
  }

  #argument(wire: unknown): unknown {
    const { thrown, value } = arrived(wire, this.#settings.references);
    if (thrown)
      throw new RpcError('PROTOCOL_ERROR', 'the call came with something thrown among its arguments');
    return value;
  }

  #reply(id: unknown, value: WireValue): void {
    try {
      this.#settings.wire.post({ ...value, id });
    } catch (error) {
      this.#settings.onError(error);
    }
  }

  #finalize(): void {
    try {
      finalizerOf(this.#object)?.();
    } catch (error) {
      this.#settings.onError(error);
    }
  }
}
