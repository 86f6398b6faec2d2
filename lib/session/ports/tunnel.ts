import { RpcError } from '../../errors/rpc-error.ts';
import { Code } from '../../protocol/protocol.ts';
import { valueFields } from '../arrived.ts';
import { takeOver } from '../owned-attachments.ts';
import type { Credit } from '../streams/credit.ts';
import { weightOf, type StreamPort, type Written } from '../streams/stream-port.ts';
import type { LocalEnd } from './local-end.ts';

// What a message that is held takes beside its contents, roughly.
const bookkeepingBytes = 256;

interface Held {
  readonly encoded: Written;
  readonly weight: number;
}

/** One end of a port whose other end is at the other side: a port that the channel cannot carry, in messages. */
export class Tunnel {
  readonly #id: number;
  readonly #wire: StreamPort;
  readonly #ended: () => void;
  readonly #credit: Credit;
  readonly #mostHeldBytes: number;
  #local: LocalEnd | undefined;
  // What the other side takes no more of for now.
  #held: Held[] = [];
  #heldBytes = 0;
  #paused = false;
  // What the other side may still send, and what of it has been delivered since it was told so.
  #grantedItems = 0;
  #grantedBytes = 0;
  #usedItems = 0;
  #usedBytes = 0;
  #over = false;
  #reason: Error | undefined;

  /**
   * @param id - As the messages of this side name it.
   * @param ended - Called once, when neither side will send any more.
   * @param mostHeldBytes - How much may wait here for the other side.
   * @param credit - What may be sent at once.
   */
  constructor(id: number, wire: StreamPort, ended: () => void, mostHeldBytes: number, credit: Credit) {
    this.#id = id;
    this.#wire = wire;
    this.#ended = ended;
    this.#mostHeldBytes = mostHeldBytes;
    this.#credit = credit;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Why it has ended, where it was no orderly end of the port. */
  get reason(): Error | undefined {
    return this.#reason;
  }

  /**
   * Joins it with what stands at this side.
   *
   * @param said - Whether the other side knows already that it may send a window.
   */
  open(local: LocalEnd, said: boolean): void {
    if (this.#over) return local.end(this.#reason);
    this.#local = local;
    const { items, bytes } = this.#wire.window;
    this.#grantedItems = items;
    this.#grantedBytes = bytes;
    if (!said) this.#wire.post(this, `[${Code.portCredit},${this.#id},${items},${bytes}]`);
    this.#steer();
  }

  /**
   * Sends a message, or keeps it until the other side takes it.
   *
   * @throws RpcError `NOT_SERIALIZABLE`, `TOO_LARGE`; `OVERLOADED` where too much waits already
   */
  send(value: unknown): void {
    if (this.#over) return;
    if (this.#heldBytes >= this.#mostHeldBytes) {
      throw new RpcError(
        'OVERLOADED',
        `${this.#heldBytes} bytes wait for the other side to read them (limits.queuedBytes); ` +
          'await some answers first, or raise the limit',
        { delivery: 'not-sent' },
      );
    }
    const encoded = this.#wire.encode(value, 'message');
    const weight = weightOf(encoded);
    if (this.#held.length === 0 && this.#credit.any) return this.#post(encoded, weight);
    const attachments = takeOver(encoded.attachments);
    this.#held.push({ encoded: { ...encoded, attachments }, weight });
    this.#heldBytes += encoded.text.length + weight + bookkeepingBytes;
    this.#steer();
  }

  /** The other side takes so much more. */
  credit(items: number, bytes: number): void {
    this.#credit.add(items, bytes);
    let sent = 0;
    for (const { encoded, weight } of this.#held) {
      if (!this.#credit.any) break;
      sent++;
      this.#heldBytes -= encoded.text.length + weight + bookkeepingBytes;
      this.#post(encoded, weight);
    }
    this.#held.splice(0, sent);
    this.#steer();
  }

  /** A message has come. Returns what is wrong with it, if anything is. */
  received(value: unknown, weight: number): unknown {
    if (this.#over) return undefined;
    if (this.#grantedItems === 0 || this.#grantedBytes <= 0)
      return new RpcError('PROTOCOL_ERROR', 'the other side sent more through a port than it may');
    this.#grantedItems--;
    this.#grantedBytes -= weight;
    this.#usedItems++;
    this.#usedBytes += weight;
    let problem: unknown;
    try {
      this.#local?.deliver(value);
    } catch (error) {
      problem = error;
    }
    this.#grant();
    return problem;
  }

  /** The port at this side was closed. */
  close(): void {
    if (this.#over) return;
    this.#wire.post(this, `[${Code.portClose},${this.#id}]`);
    this.end();
  }

  /** The other side has closed its port, or is gone. */
  end(reason?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#reason = reason;
    this.#held = [];
    this.#heldBytes = 0;
    this.#ended();
    this.#local?.end(reason);
  }

  #post(encoded: Written, weight: number): void {
    this.#credit.spend(weight);
    const { text, form, attachments } = encoded;
    this.#wire.post(
      this,
      weight === 0
        ? `[${Code.portMessage},${this.#id},${valueFields(encoded)}]`
        : `[${Code.portMessage},${this.#id},${text},${form},${attachments.length},${weight}]`,
      encoded,
    );
  }

  /** Tells the other side of what has been delivered, now and then. */
  #grant(): void {
    const { items, bytes } = this.#wire.window;
    if (this.#over || (this.#usedItems * 2 < items && this.#usedBytes * 2 < bytes)) return;
    this.#grantedItems += this.#usedItems;
    this.#grantedBytes += this.#usedBytes;
    this.#wire.post(this, `[${Code.portCredit},${this.#id},${this.#usedItems},${this.#usedBytes}]`);
    this.#usedItems = 0;
    this.#usedBytes = 0;
  }

  /** Has the local end send only while the other side takes it. */
  #steer(): void {
    const wait = this.#held.length > 0 || !this.#credit.any;
    if (wait === this.#paused || this.#local === undefined || this.#over) return;
    this.#paused = wait;
    if (wait) this.#local.pause();
    else this.#local.resume();
  }
}
