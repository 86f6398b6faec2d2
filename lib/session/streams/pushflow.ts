import { RpcError } from '../../errors/rpc-error.ts';
import { Code, Stop } from '../../protocol/protocol.ts';
import { deferred, type Deferred } from '../../shared/deferred.ts';
import { valueFields } from '../arrived.ts';
import type { Credit } from './credit.ts';
import { weightOf, type StreamPort } from './stream-port.ts';

/**
 * The producing end of a stream whose items are written at this side, into a sink that the other has handed out: a
 * write fulfils once the sink's credit has let it leave, and the close once the sink has closed.
 */
export class Pushflow {
  readonly #id: number;
  readonly #port: StreamPort;
  readonly #ended: () => void;
  readonly #credit: Credit;
  // Writes that wait for credit, in their order.
  readonly #waiting: { readonly value: unknown; readonly left: Deferred<void> }[] = [];
  readonly #done = deferred<void>();
  #finishing = false;
  #over = false;
  // The weight of the last item: the next one is taken to be like it.
  #weight = 0;
  // Whether it is called back once there is room for more.
  #awaitsRoom = false;

  /** Rejects as soon as the sink has failed or is gone; fulfils once it has closed. */
  readonly closed: Promise<void> = this.#done.promise;

  constructor(id: number, port: StreamPort, ended: () => void, credit: Credit) {
    this.#id = id;
    this.#port = port;
    this.#ended = ended;
    this.#credit = credit;
    // Whoever writes or closes is told; nobody has to listen here.
    this.closed.catch(() => {});
  }

  /** Sends an item once there is credit for it. */
  write(value: unknown): Promise<void> {
    if (this.#over || this.#finishing) return this.#refused();
    if (this.#credit.any && this.#waiting.length === 0 && this.#port.hasRoomFor(this.#weight)) {
      try {
        this.#send(value);
        return Promise.resolve();
      } catch (error) {
        return Promise.reject(error);
      }
    }
    const left = deferred<void>();
    this.#waiting.push({ value, left });
    this.#port.waiting(1);
    this.#sendOn();
    return left.promise;
  }

  /** Says that nothing follows. Fulfils once the sink has taken everything and closed. */
  close(): Promise<void> {
    if (!this.#over && !this.#finishing) {
      this.#finishing = true;
      this.#port.waiting(1);
      this.#port.post(this, `[${Code.end},${this.#id}]`);
    }
    return this.closed;
  }

  /** Gives up: the sink is aborted. */
  abort(reason: unknown): void {
    if (this.#over) return;
    const encoded = this.#port.encodeThrown(reason);
    this.#port.post(this, `[${Code.fail},${this.#id},${valueFields(encoded)}]`, encoded);
    this.#finish({ reason });
  }

  /** Nobody can write to it any more. */
  abandon(): void {
    if (this.#over || this.#finishing) return;
    this.abort(new DOMException('the stream that led to this one was dropped', 'AbortError'));
  }

  /** The sink takes more. */
  credit(items: number, bytes: number): void {
    this.#credit.add(items, bytes);
    this.#sendOn();
  }

  /** The sink has closed, or failed. */
  stop(how: unknown, value: unknown): void {
    this.#finish(how === Stop.done ? undefined : { reason: value });
  }

  /** How the sink has ended cannot be read: as much as that is known. */
  cancel(reason: unknown): void {
    this.#finish({ reason });
  }

  /** The session is over. */
  break(reason: Error): void {
    this.#finish({ reason });
  }

  /** Sends what waits, as far as there is credit and room. */
  #sendOn(): void {
    while (this.#credit.any && this.#waiting.length > 0 && !this.#awaitsRoom && !this.#over) {
      if (!this.#port.hasRoomFor(this.#weight)) return this.#awaitRoom();
      const { value, left } = this.#waiting.shift()!;
      this.#port.waiting(-1);
      try {
        this.#send(value);
        left.resolve();
      } catch (error) {
        left.reject(error);
      }
    }
  }

  #awaitRoom(): void {
    this.#awaitsRoom = true;
    this.#port.whenRoom(() => {
      this.#awaitsRoom = false;
      this.#sendOn();
    });
  }

  #send(value: unknown): void {
    const encoded = this.#port.encode(value, 'item');
    const weight = (this.#weight = weightOf(encoded));
    this.#credit.spend(weight);
    this.#port.postItem(this, this.#id, encoded, weight);
  }

  #refused(): Promise<never> {
    return this.closed.then(() => {
      throw new RpcError('CHANNEL_CLOSED', 'the stream was closed; nothing more can be written to it');
    });
  }

  #finish(failed: { readonly reason: unknown } | undefined): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#finishing) this.#port.waiting(-1);
    this.#ended();
    const reason =
      failed?.reason ?? new RpcError('CHANNEL_CLOSED', 'the stream was closed before this was written');
    for (const { left } of this.#waiting.splice(0)) {
      this.#port.waiting(-1);
      left.reject(reason);
    }
    if (failed === undefined) this.#done.resolve();
    else this.#done.reject(failed.reason);
  }
}
