import { RpcError } from '../../errors/rpc-error.ts';
import { Code, Stop } from '../../protocol/protocol.ts';
import { valueFields } from '../arrived.ts';
import type { StreamPort, Written } from './stream-port.ts';

type Step = IteratorResult<unknown, unknown>;

interface Waiting {
  /** What is read: it is not collected as long as somebody waits for it. */
  readonly reader: unknown;
  /** What it has thrown in, which comes back to it where the stream is over before. */
  readonly thrown: { readonly reason: unknown } | undefined;
  resolve(step: Step): void;
  reject(reason: unknown): void;
}

/**
 * The consuming end of a stream.
 *
 * It begins without credit, in step: each `next` asks for one item, so that what is passed to `next` reaches the
 * generator where it belongs. Once it is {@link open}ed a whole window is on its way, and `next` takes no values.
 */
export class Inflow {
  readonly #id: number;
  readonly #port: StreamPort;
  readonly #ended: () => void;
  #arrived: { readonly value: unknown; readonly weight: number }[] = [];
  // The first item that has not been taken yet.
  #head = 0;
  readonly #waiting: Waiting[] = [];
  #inStep = true;
  // What the producer may still send: items, and bytes as long as there are any left.
  #granted = 0;
  #grantedBytes = 0;
  // Used, and not told to the producer yet.
  #usedItems = 0;
  #usedBytes = 0;
  #bytesGranted = false;
  #stopped = false;
  // A reason was thrown into a generator that is read ahead: it is to end, and may have caught it instead.
  #thrown = false;
  #over = false;
  #outcome: { readonly error: unknown } | { readonly value: unknown } | undefined;

  /**
   * @param id - As the messages of this side name it.
   * @param ended - Called once, when nothing of it will come any more.
   * @param granted - Items the producer was allowed with the message that made the stream.
   */
  constructor(id: number, port: StreamPort, ended: () => void, granted = 0) {
    this.#id = id;
    this.#port = port;
    this.#ended = ended;
    if (granted === 0) return;
    this.#granted = granted;
    this.#grantedBytes = port.window.bytes;
    // The rest of the window follows once the first item shows that there is somebody to fill it.
    this.#usedItems = port.window.items - granted;
    this.#inStep = false;
    this.#bytesGranted = true;
  }

  /** Whether nothing of it can come any more. */
  get over(): boolean {
    return this.#over;
  }

  /**
   * Lets a whole window be sent.
   *
   * @param said - Whether the producer knows already.
   */
  open(said = false): void {
    if (!this.#inStep || this.over || this.#stopped) return;
    this.#inStep = false;
    const items = this.#port.window.items - this.#granted;
    this.#granted += items;
    if (!said) return this.#postCredit(items);
    this.#bytesGranted = true;
    this.#grantedBytes += this.#port.window.bytes;
  }

  /**
   * @param reader - What stands for it at whoever reads; once that is collected, the stream is abandoned.
   */
  next(given: readonly unknown[], reader?: unknown): Promise<Step> {
    const item = this.#arrived[this.#head];
    if (item !== undefined) return Promise.resolve(this.#take(item));
    if (this.#outcome !== undefined) return this.#last();
    if (this.#stopped) return Promise.resolve({ done: true, value: undefined });
    if (!this.#inStep && given.length > 0 && given[0] !== undefined) return Promise.reject(cannotPass());
    if (this.#inStep) {
      try {
        this.#ask(given);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return this.#wait(reader);
  }

  return(value: unknown, reader?: unknown): Promise<Step> {
    if (this.over || this.#stopped) {
      this.#drop();
      return Promise.resolve({ done: true, value });
    }
    const encoded = value === undefined ? undefined : this.#port.encode(value, 'the value given to return()');
    this.#stop(
      `[${Code.stop},${this.#id},${Stop.return}${encoded === undefined ? '' : `,${valueFields(encoded)}`}]`,
      encoded,
    );
    return this.#wait(reader);
  }

  throw(reason: unknown, reader?: unknown): Promise<Step> {
    if (this.over || this.#stopped) {
      this.#drop();
      return Promise.reject(reason);
    }
    const encoded = this.#port.encodeThrown(reason);
    const text = `[${Code.stop},${this.#id},${Stop.throw},${valueFields(encoded)}]`;
    if (this.#inStep) {
      // The generator may catch it and go on: what it yields then is the answer.
      this.#postCredit(0);
      this.#granted++;
      this.#port.post(this, text, encoded);
    } else {
      this.#stop(text, encoded);
      this.#thrown = true;
    }
    return this.#wait(reader, { reason });
  }

  /** Ends it here with a reason, and at the producer. */
  cancel(reason: unknown): void {
    if (this.over) return;
    if (!this.#stopped) {
      const encoded = this.#port.encodeThrown(reason);
      this.#port.post(this, `[${Code.stop},${this.#id},${Stop.throw},${valueFields(encoded)}]`, encoded);
      // A generator may catch what is thrown into it and go on, for a consumer that is gone.
      this.#port.post(this, `[${Code.stop},${this.#id},${Stop.return}]`);
    }
    this.#drop();
    this.#settle({ error: reason });
  }

  /** This side ends it: whoever reads is told why, and the producer is given the time to end as well. */
  break(reason: Error): void {
    if (this.over || this.#stopped) return;
    this.#stopped = true;
    this.#port.post(this, `[${Code.stop},${this.#id},${Stop.return}]`);
    this.#drop();
    this.#outcome = { error: reason };
    this.#tell();
  }

  /** Nobody can read it any more. */
  abandon(): void {
    if (this.over || this.#stopped) return;
    this.#stop(`[${Code.stop},${this.#id},${Stop.return}]`, undefined);
  }

  /** The consumer of a sink tells how it ended: all taken, or with what went wrong. */
  finish(error?: { readonly reason: unknown }): void {
    if (error === undefined) {
      this.#port.post(this, `[${Code.stop},${this.#id},${Stop.done}]`);
    } else {
      const encoded = this.#port.encodeThrown(error.reason);
      this.#port.post(this, `[${Code.stop},${this.#id},${Stop.throw},${valueFields(encoded)}]`, encoded);
    }
    this.#drop();
    this.#settle({ value: undefined });
  }

  /** An item has come. Returns what is wrong with it, if anything is. */
  item(value: unknown, weight: number): RpcError | undefined {
    if (this.over) return undefined;
    // What was on its way when it was stopped.
    if (this.#stopped) {
      this.#insist();
      return undefined;
    }
    if (this.#granted === 0 || this.#grantedBytes <= 0)
      return new RpcError('PROTOCOL_ERROR', 'the other side sent an item of a stream that was not asked for');
    this.#granted--;
    this.#grantedBytes -= weight;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#arrived.push({ value, weight });
      return undefined;
    }
    this.#port.waiting(-1);
    this.#used(weight);
    waiting.resolve({ done: false, value });
    return undefined;
  }

  end(value: unknown): void {
    this.#settle({ value });
  }

  fail(error: unknown): void {
    this.#settle({ error });
  }

  #take(item: { readonly value: unknown; readonly weight: number }): Step {
    this.#head++;
    // Cut now and then, not at each item: an array is no queue.
    if (this.#head === this.#arrived.length) {
      this.#arrived = [];
      this.#head = 0;
    } else if (this.#head === 1024) {
      this.#arrived = this.#arrived.slice(1024);
      this.#head = 0;
    }
    this.#used(item.weight);
    return { done: false, value: item.value };
  }

  #used(weight: number): void {
    this.#usedItems++;
    this.#usedBytes += weight;
    if (this.#inStep || this.over || this.#stopped) return;
    const { items, bytes } = this.#port.window;
    if (this.#usedItems * 2 < items && this.#usedBytes * 2 < bytes) return;
    this.#granted += this.#usedItems;
    this.#postCredit(this.#usedItems);
  }

  /** Asks for one item, with what was passed to `next`. */
  #ask(given: readonly unknown[]): void {
    const passed = given[0];
    if (passed === undefined) {
      this.#granted++;
      this.#postCredit(1);
      return;
    }
    const encoded = this.#port.encode(passed, 'the value given to next()');
    this.#granted++;
    this.#postCredit(0);
    this.#port.post(this, `[${Code.next},${this.#id},${valueFields(encoded)}]`, encoded);
  }

  #postCredit(items: number): void {
    const bytes = this.#usedBytes + (this.#bytesGranted ? 0 : this.#port.window.bytes);
    this.#bytesGranted = true;
    this.#grantedBytes += bytes;
    this.#usedItems = 0;
    this.#usedBytes = 0;
    if (items === 0 && bytes === 0) return;
    this.#port.post(this, `[${Code.credit},${this.#id},${items},${bytes}]`);
  }

  #stop(text: string, written: Written | undefined): void {
    this.#stopped = true;
    this.#port.post(this, text, written);
    this.#drop();
    // Reads that wait are over, as they are behind the return of a local generator.
    const behind = this.#waiting.splice(0);
    for (const waiting of behind) {
      this.#port.waiting(-1);
      waiting.resolve({ done: true, value: undefined });
    }
  }

  #insist(): void {
    if (!this.#thrown) return;
    this.#thrown = false;
    this.#port.post(this, `[${Code.stop},${this.#id},${Stop.return}]`);
  }

  #drop(): void {
    this.#arrived = [];
    this.#head = 0;
  }

  #wait(reader: unknown, thrown?: Waiting['thrown']): Promise<Step> {
    this.#port.waiting(1);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ reader, thrown, resolve, reject });
    });
  }

  #settle(outcome: { readonly error: unknown } | { readonly value: unknown }): void {
    if (this.#over) return;
    this.#over = true;
    this.#outcome ??= outcome;
    this.#ended();
    this.#tell();
  }

  #tell(): void {
    for (const [place, one] of this.#waiting.splice(0).entries()) {
      this.#port.waiting(-1);
      // The first has brought about the end. Behind it nothing catches what is thrown in.
      const behind = place > 0 && one.thrown !== undefined ? one.thrown : undefined;
      const told = behind === undefined ? this.#last() : Promise.reject(behind.reason);
      void told.then(
        (step) => one.resolve(step),
        (reason: unknown) => one.reject(reason),
      );
    }
  }

  /** What is behind the last item: the end or the failure once, and from then on only that it is over. */
  #last(): Promise<Step> {
    const outcome = this.#outcome!;
    this.#outcome = { value: undefined };
    return 'error' in outcome
      ? Promise.reject(outcome.error)
      : Promise.resolve({ done: true, value: outcome.value });
  }
}

function cannotPass(): RpcError {
  return new RpcError(
    'INVALID_ARGUMENT',
    'next(value) was called on a stream that is being read ahead, where the value could not reach the item it is meant ' +
      'for; await the generator first and call its next() without iterating it',
  );
}
