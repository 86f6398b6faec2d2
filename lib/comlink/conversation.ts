import { compose } from '../middleware/compose.ts';
import type { Middleware } from '../middleware/middleware.ts';
import type { Handler } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { Limits } from '../protocol/limits.ts';
import type { Ending } from '../session/call-failure.ts';
import { explainByChannel } from '../session/explain.ts';
import { Hold } from '../session/hold.ts';
import { deferred } from '../shared/deferred.ts';
import { within } from '../shared/within.ts';
import { Caller } from './caller.ts';
import { fieldsOf, isRequest } from './messages.ts';
import type { References } from './references.ts';
import { Responder } from './responder.ts';
import type { Transfers } from './transfers.ts';
import type { Wire } from './wire.ts';

/** What all conversations of one session have in common. */
export interface Common {
  readonly limits: Limits;
  readonly middleware: readonly Middleware[];
  readonly servedMiddleware: readonly Middleware[];
  readonly onError: (error: unknown) => void;
  readonly transfers: Transfers;
  readonly nextId: () => string;
}

/**
 * One end of what Comlink calls a proxy: calls made over a wire, and calls taken on one object. A session is one over
 * the endpoint of the user; every object that crosses by reference is another over a port of its own.
 */
export class Conversation {
  readonly handler: Handler;
  readonly closed: Promise<Error | undefined>;
  readonly #common: Common;
  readonly #wire: Wire;
  readonly #caller: Caller;
  readonly #responder: Responder | undefined;
  readonly #hold: Hold;
  readonly #closed = deferred<Error | undefined>();
  #ignored = 0;
  #over = false;

  /** @param exposed - The object the other side may reach; `undefined` for none. */
  constructor(
    wire: Wire,
    exposed: object | undefined,
    hold: 'always' | 'while-awaited',
    references: References,
    common: Common,
  ) {
    this.#wire = wire;
    this.#common = common;
    this.closed = this.#closed.promise;
    this.#caller = new Caller({
      wire,
      references,
      ...common,
      waiting: (any) => this.#hold.set('calls', any),
    });
    if (exposed !== undefined) {
      const { servedMiddleware: middleware, ...rest } = common;
      this.#responder = new Responder(exposed, {
        ...rest,
        wire,
        references,
        middleware,
        released: () => this.#leave(),
      });
    }
    this.handler = compose(common.middleware, this.#caller.handle);
    wire.open(
      (data) => this.#received(data),
      (error) => this.#ended(error),
    );
    // A port is held from when it is listened to.
    this.#hold = new Hold(wire, hold);
  }

  get pendingCalls(): number {
    return this.#caller.pendingCalls;
  }

  get runningCalls(): number {
    return this.#responder?.runningCalls ?? 0;
  }

  get ignoredMessages(): number {
    return this.#ignored;
  }

  /** Asks for another port to what the other side exposes. */
  endpoint(): Promise<unknown> {
    return this.#caller.endpoint();
  }

  async close(graceMs: number): Promise<void> {
    if (this.#over) return void (await this.closed);
    this.#hold.set('close', true);
    this.#caller.refuse(sessionClosed);
    this.#responder?.refuse(
      new RpcError('CHANNEL_CLOSED', 'the session was closed at the other side', { delivery: 'not-sent' }),
    );
    await within(graceMs, Promise.all([this.#caller.whenIdle(), this.#responder?.whenIdle()]));
    this.release();
    await this.closed;
  }

  /**
   * Ends it now, and tells the other side to let go of what it has exposed.
   *
   * @param ending - What calls that wait, and later ones, are told.
   */
  release(ending: Ending = sessionClosed): void {
    if (this.#over) return;
    // A side that only serves asks for nothing: on a port that others use too it could be theirs.
    if (this.#responder === undefined || this.#caller.used) {
      this.#wire.post({ id: this.#common.nextId(), type: 'RELEASE', path: [] });
    }
    this.#leave(ending);
  }

  /** Ends it now: the conversation that it came from is lost. */
  lose(error: Error): void {
    this.#stop(explainByChannel(error, undefined));
    this.#wire.close();
  }

  /** Ends it now, without a word: nobody has heard of it yet. */
  drop(): void {
    this.#leave();
  }

  #leave(ending = sessionClosed): void {
    this.#stop(ending);
    this.#wire.close();
  }

  #received(data: unknown): void {
    const message = fieldsOf(data);
    // The program's own messages travel over the same port.
    if (message === undefined || this.#over) return;
    if (isRequest(message)) {
      // Without an object of this side's it may be meant for somebody else on the port, who will answer it.
      if (this.#responder === undefined) this.#ignored++;
      else this.#responder.requested(message);
    } else if (message['type'] === 'RAW' || message['type'] === 'HANDLER') {
      if (!this.#caller.replied(message)) this.#ignored++;
    }
  }

  #ended(error: Error | undefined): void {
    this.#stop(explainByChannel(error, undefined));
    this.#hold.end();
    this.#closed.resolve(error);
  }

  /** Settles all that waits. */
  #stop(ending: Ending): void {
    if (this.#over) return;
    this.#over = true;
    this.#responder?.end();
    this.#caller.end(ending);
  }
}

const sessionClosed: Ending = { code: 'CHANNEL_CLOSED', happened: 'the session was closed' };
