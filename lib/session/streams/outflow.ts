import { RpcError } from '../../errors/rpc-error.ts';
import { Code, Stop } from '../../protocol/protocol.ts';
import { valueFields } from '../arrived.ts';
import { Credit } from './credit.ts';
import { weightOf, type StreamPort } from './stream-port.ts';

type Step = IteratorResult<unknown, unknown>;

/** Runs a step of an iterator in some context. */
export type RunStep = <T>(step: () => T) => T;

/** What an outflow takes its items from: an iterator, synchronous or not. */
export interface ItemSource {
  next(value?: unknown): Step | PromiseLike<Step>;
  return?: ((value?: unknown) => Step | PromiseLike<Step>) | undefined;
  throw?: ((reason?: unknown) => Step | PromiseLike<Step>) | undefined;
}

/**
 * The producing end of a stream whose items this side takes from an iterator, as far as the consumer's credit goes.
 * Nothing is taken before the first credit has come.
 */
export class Outflow {
  readonly #id: number;
  #open: () => ItemSource;
  #opened: ItemSource | undefined;
  readonly #port: StreamPort;
  readonly #ended: () => void;
  readonly #credit = new Credit(0, 0);
  // What `next` was called with at the other side, for each item still to be asked for; mostly nothing.
  readonly #passed: unknown[] = [];
  // The weight of the last item: the next one is taken to be like it.
  #weight = 0;
  #pumping = false;
  // Steps that were asked for by the other side in its own time: return and throw.
  #stopping = false;
  // The step is a throw, which a generator may catch: what was asked for before it is still wanted.
  #throwing = false;
  // What was thrown in while such a step was under way, for those that follow.
  readonly #thrown: unknown[] = [];
  // Whether it is to end even if it goes on after a throw.
  #leaving = false;
  #over = false;

  /**
   * @param id - As the messages of this side name it.
   * @param open - Begins to iterate; called when the first item is asked for.
   * @param ended - Called once, when the stream is over.
   */
  constructor(id: number, open: () => ItemSource, port: StreamPort, ended: () => void) {
    this.#id = id;
    this.#open = open;
    this.#port = port;
    this.#ended = ended;
  }

  /** Has the steps of the iterator run in the context of the call that has returned it; nothing was asked for yet. */
  within(run: RunStep): void {
    const open = this.#open;
    const openWithin = (): ItemSource => steppedWithin(run, run(open));
    this.#open = openWithin;
  }

  get #source(): ItemSource {
    return (this.#opened ??= this.#open());
  }

  /** The consumer takes more. */
  credit(items: number, bytes: number): void {
    this.#credit.add(items, bytes);
    void this.#pump();
  }

  /** The consumer has called `next(value)`, and takes one more. */
  next(value: unknown): void {
    this.#passed.push(value);
    this.#credit.add(1, 0);
    void this.#pump();
  }

  /** The consumer wants no more, in one of the ways of `Stop`. */
  async stop(how: unknown, value: unknown): Promise<void> {
    if (this.#over) return;
    if (this.#stopping) {
      this.#leaving ||= how === Stop.return;
      if (how === Stop.throw) this.#throwLater(value);
      return;
    }
    this.#stopping = true;
    this.#throwing = how === Stop.throw;
    try {
      const step = await this.#stopSource(how, value);
      if (step === undefined) this.#end(how === Stop.return ? value : undefined);
      else if (step.done === true) this.#end(step.value);
      else if (!this.#over) {
        // It goes on in spite of it, as a generator may.
        this.#stopping = false;
        if (this.#leaving) {
          await this.stop(Stop.return, undefined);
        } else {
          // Whoever throws in step takes one item for it.
          this.#credit.add(1, 0);
          this.#item(step.value);
          // What was asked for meanwhile.
          if (this.#thrown.length > 0) await this.stop(Stop.throw, this.#thrown.shift());
          else void this.#pump();
        }
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Nobody takes any more: the generator's `finally` runs, and nothing is said. */
  async abandon(): Promise<void> {
    if (this.#over) return;
    this.#finish();
    try {
      await this.#source.return?.();
    } catch (error) {
      this.#port.report(error);
    }
  }

  /** What the consumer has said cannot be read: it is told, and the producer ends. */
  cancel(reason: unknown): void {
    if (this.#over) return;
    this.#fail(reason);
    void this.#return();
  }

  /** This side ends it with an error: the session is being closed. */
  async break(reason: Error): Promise<void> {
    if (this.#over) return;
    this.#postThrown(reason);
    await this.abandon();
  }

  #throwLater(reason: unknown): void {
    // Each is waited for at the other side, where it takes up what an item does.
    if (this.#thrown.length < this.#port.window.items) this.#thrown.push(reason);
    else this.cancel(tooManyThrows(this.#thrown.length));
  }

  async #stopSource(how: unknown, value: unknown): Promise<Step | undefined> {
    const source = this.#source;
    if (how === Stop.throw) {
      if (source.throw !== undefined) return source.throw(value);
      await source.return?.();
      throw value;
    }
    return source.return?.(value);
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#credit.any && !this.#over && !this.#stopping) {
      if (!this.#port.hasRoomFor(this.#weight)) {
        await new Promise<void>((resolve) => this.#port.whenRoom(resolve));
        continue;
      }
      let step: Step;
      try {
        // Read one after the other, as the loop of a consumer would.
        const asked =
          this.#passed.length === 0 ? this.#source.next() : this.#source.next(this.#passed.shift());
        step = isPromise(asked) ? await asked : asked;
        if (step.done !== true && isPromise(step.value)) step = { done: false, value: await step.value };
      } catch (error) {
        this.#fail(error);
        break;
      }
      if (step.done === true) this.#end(step.value);
      else if ((!this.#stopping || this.#throwing) && !this.#over) this.#item(step.value);
    }
    this.#pumping = false;
  }

  #item(value: unknown): void {
    try {
      const encoded = this.#port.encode(value, 'item');
      const weight = (this.#weight = weightOf(encoded));
      this.#credit.spend(weight);
      this.#port.postItem(this, this.#id, encoded, weight);
    } catch (error) {
      this.#fail(error);
      void this.#return();
    }
  }

  #end(value: unknown): void {
    if (this.#over) return;
    try {
      if (value === undefined) {
        this.#port.post(this, `[${Code.end},${this.#id}]`);
      } else {
        const encoded = this.#port.encode(value, 'the value that the generator returned');
        this.#port.post(this, `[${Code.end},${this.#id},${valueFields(encoded)}]`, encoded);
      }
      this.#finish();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#postThrown(error);
    this.#finish();
  }

  #postThrown(error: unknown): void {
    const encoded = this.#port.encodeThrown(error);
    this.#port.post(this, `[${Code.fail},${this.#id},${valueFields(encoded)}]`, encoded);
  }

  async #return(): Promise<void> {
    try {
      await this.#source.return?.();
    } catch (error) {
      this.#port.report(error);
    }
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#ended();
  }
}

function tooManyThrows(waiting: number): RpcError {
  return new RpcError(
    'PROTOCOL_ERROR',
    `the other side threw into a stream again while ${waiting} throws waited (limits.streamItems)`,
  );
}

function steppedWithin(run: RunStep, source: ItemSource): ItemSource {
  return {
    next: (...given: [] | [unknown]) => run(() => source.next(...given)),
    return: source.return && ((value) => run(() => source.return!(value))),
    throw: source.throw && ((reason) => run(() => source.throw!(reason))),
  };
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
