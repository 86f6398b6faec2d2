import type { Call, Handler } from '../call/call.ts';
import { callName } from '../call/call-name.ts';
import { target } from '../call/target.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { Limits } from '../protocol/limits.ts';
import { CallFailure, endedError, type Ending } from '../session/call-failure.ts';
import { Deadlines } from '../session/deadlines.ts';
import { SignalWatches } from '../session/signal-watches.ts';
import { deferred, type Deferred } from '../shared/deferred.ts';
import { arrived, discard } from './incoming.ts';
import type { Fields, Request, RequestType, WireValue } from './messages.ts';
import { Outgoing } from './outgoing.ts';
import type { References } from './references.ts';
import { linkOf } from './remote.ts';
import type { Transfers } from './transfers.ts';
import type { Wire } from './wire.ts';

/** A call that waits for its reply. */
interface Pending {
  readonly call: Call;
  /** Fulfils with the value as it came, or with what happened instead. */
  readonly outcome: Deferred<unknown>;
  readonly release: (() => void)[];
}

/** What a caller needs of its conversation. */
export interface CallerSettings {
  readonly wire: Wire;
  readonly references: References;
  readonly transfers: Transfers;
  readonly limits: Limits;
  /** A name for a message that no other has, on whichever port. */
  readonly nextId: () => string;
  readonly onError: (error: unknown) => void;
  /** The first call has begun to wait, or the last has stopped. */
  readonly waiting: (any: boolean) => void;
}

const requestTypes: Readonly<Record<Call['kind'], RequestType>> = {
  call: 'APPLY',
  get: 'GET',
  new: 'CONSTRUCT',
  set: 'SET',
};

/** The half of a conversation that makes calls. */
export class Caller {
  readonly #settings: CallerSettings;
  readonly #pending = new Map<string, Pending>();
  readonly #deadlines = new Deadlines();
  readonly #watches = new SignalWatches();
  #ended: Ending | undefined;
  #idle: (() => void)[] = [];
  #calls = 0;

  constructor(settings: CallerSettings) {
    this.#settings = settings;
  }

  get pendingCalls(): number {
    return this.#pending.size;
  }

  /** Whether it has made any call at all. */
  get used(): boolean {
    return this.#calls > 0;
  }

  /** Makes a call. What is sent is settled before this returns. */
  readonly handle: Handler = async (call) => {
    if (call.keep !== undefined) throw noPipelines(call);
    if (call.kind === 'set') return this.#set(call);
    const value = await this.#made(call, requestTypes[call.kind]);
    if (call.kind !== 'new' || call.options.oneway === true || linkOf(value) !== undefined) return value;
    throw new RpcError('PROTOCOL_ERROR', `new ${callName(call)} gave no object by reference`);
  };

  /** Comlink sets properties one by one. */
  async #set(call: Call): Promise<undefined> {
    const { path } = call.target;
    const sets = Object.entries(call.args[0] as object).map(([name, value]) =>
      this.#made({ ...call, target: target([...path, name]), args: [value] }, 'SET'),
    );
    await Promise.all(sets);
    return undefined;
  }

  /** Asks for another port to what this conversation reaches. */
  async endpoint(): Promise<unknown> {
    return this.#made({ kind: 'get', target: target([]), args: [], options: {} }, 'ENDPOINT');
  }

  /** A reply has arrived. Says whether a call waited for it. */
  replied(message: Fields): boolean {
    const pending = this.#take(message['id']);
    if (pending === undefined) {
      discard(message, this.#settings.references);
      return false;
    }
    this.#settle(pending, message);
    return true;
  }

  /** No further calls are made. Those under way go on. */
  refuse(ending: Ending): void {
    this.#ended ??= ending;
  }

  /** No reply will come any more: every call that waits is told why. */
  end(ending: Ending): void {
    this.#ended = ending;
    this.#deadlines.clear();
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of all)
      this.#settle(pending, new CallFailure(() => endedError(pending.call, ending, true)));
  }

  /** Fulfils once no call waits. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#pending.size === 0) resolve();
      else this.#idle.push(resolve);
    });
  }

  async #made(call: Call, type: RequestType): Promise<unknown> {
    const { signal, oneway } = call.options;
    if (signal?.aborted === true) throw signal.reason;
    if (this.#ended !== undefined) throw endedError(call, this.#ended, false);
    const { pendingCalls } = this.#settings.limits;
    if (this.#pending.size >= pendingCalls) {
      throw new RpcError(
        'OVERLOADED',
        `${callName(call)} was not sent: ${this.#pending.size} calls are waiting for replies (limits.pendingCalls). ` +
          'Await some of them first, or raise the limit',
        { delivery: 'not-sent' },
      );
    }
    const pending = this.#send(call, type);
    if (oneway !== true) return this.#read(await pending.outcome.promise);
    void this.#unawaited(pending);
    return undefined;
  }

  #send(call: Call, type: RequestType): Pending {
    const { wire, references, transfers, nextId, waiting } = this.#settings;
    const message = new Outgoing(references, transfers);
    const id = nextId();
    try {
      message.post(wire, { id, ...request(call, type, message) });
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      throw new RpcError(error.code, `${callName(call)} was not sent: ${error.message}`, {
        delivery: 'not-sent',
        ...('cause' in error && { cause: error.cause }),
      });
    }
    const pending: Pending = { call, outcome: deferred(), release: [] };
    this.#calls++;
    this.#pending.set(id, pending);
    if (this.#pending.size === 1) waiting(true);
    this.#watch(id, pending);
    return pending;
  }

  #watch(id: string, { call, release }: Pending): void {
    const { timeoutMs, signal } = call.options;
    if (timeoutMs !== undefined) {
      const late = (): void => this.#abandon(id, () => timeoutError(call, timeoutMs));
      release.push(this.#deadlines.set(timeoutMs, late));
    }
    if (signal === undefined) return;
    const aborted = (): void => this.#abandon(id, () => signal.reason);
    release.push(this.#watches.add(signal, aborted));
    // By a getter among the arguments, say: no event will tell.
    if (signal.aborted) aborted();
  }

  /** Stops waiting for a call. Comlink has no way to tell the other side. */
  #abandon(id: string, toError: () => unknown): void {
    const pending = this.#take(id);
    if (pending !== undefined) this.#settle(pending, new CallFailure(toError));
  }

  #take(id: unknown): Pending | undefined {
    const pending = typeof id === 'string' ? this.#pending.get(id) : undefined;
    if (pending !== undefined) this.#pending.delete(id as string);
    return pending;
  }

  #settle({ outcome, release }: Pending, value: unknown): void {
    for (const undo of release) undo();
    outcome.resolve(value);
    if (this.#pending.size > 0) return;
    this.#settings.waiting(false);
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Behind the `await` of whoever called, so that the stacks of errors lead there. */
  #read(outcome: unknown): unknown {
    if (outcome instanceof CallFailure) throw outcome.toError();
    const { thrown, value } = arrived(outcome, this.#settings.references);
    if (thrown) throw value;
    return value;
  }

  /** Nobody waits for the reply, but an error in it must not be lost. */
  async #unawaited(pending: Pending): Promise<void> {
    const outcome = await pending.outcome.promise;
    if (outcome instanceof CallFailure) return;
    try {
      const value = this.#read(outcome);
      await linkOf(value)?.release();
    } catch (error) {
      this.#settings.onError(error);
    }
  }
}

function request({ kind, target: { path }, args }: Call, type: RequestType, message: Outgoing): Request {
  if (type === 'ENDPOINT' || kind === 'get') return { type, path };
  if (kind === 'set') return { type, path, value: message.value(args[0], 'the value') };
  const argumentList = args.map((value, index): WireValue => message.value(value, `arguments[${index}]`));
  return { type, path, argumentList };
}

function timeoutError(call: Call, timeoutMs: number): RpcError {
  return new RpcError(
    'TIMEOUT',
    `${callName(call)} did not reply within ${timeoutMs} ms. It may have run, and may still run: Comlink cannot cancel it`,
    { delivery: 'unknown' },
  );
}

function noPipelines(call: Call): RpcError {
  return new RpcError(
    'INVALID_ARGUMENT',
    `${callName(call)} was not sent: in Comlink's protocol results cannot be used before they have arrived; ` +
      'await each call through "remote" instead of "pipeline"',
    { delivery: 'not-sent' },
  );
}
