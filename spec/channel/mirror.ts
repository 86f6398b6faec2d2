import type { Channel, Receiver } from '../../lib/channel/channel.ts';
import type { RpcErrorCode } from '../../lib/errors/errors.ts';
import { RpcError } from '../../lib/errors/rpc-error.ts';
import { pack, unpack } from '../fixtures/channels/far-end.js';

type Command = import('../fixtures/channels/far-end.js').Command;
type Report = import('../fixtures/channels/far-end.js').Report;

/**
 * A channel's end in another process or thread, as if it were here. Everything it does is done there
 * (spec/fixtures/channels/far-end.js); only what `send` returns is known late, as `false` from the report on.
 */
export class Mirror implements Channel {
  /** What the far end saw that must never happen. */
  readonly faults: string[] = [];
  readonly #post: (command: Command) => void;
  readonly #waiting = new Map<number, () => void>();
  readonly #reasons: (Error | undefined)[] = [];
  #receiver: Receiver | undefined;
  #lastId = 0;
  #blocked = false;
  #owesDrained = false;
  #destroyed = false;
  #over = false;

  constructor(post: (command: Command) => void) {
    this.#post = post;
  }

  open(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#post({ op: 'open' });
  }

  send(text: string, attachments: readonly Uint8Array[] = []): boolean {
    this.#post({ op: 'send', text, attachments: attachments.map(pack) });
    if (this.#blocked) this.#owesDrained = true;
    return !this.#blocked;
  }

  close(): Promise<void> {
    return this.#ask('close');
  }

  destroy(reason?: Error): void {
    this.#destroyed = true;
    this.#post({ op: 'destroy', ...(reason !== undefined && { reason: this.#reasons.push(reason) - 1 }) });
  }

  ref(): void {
    this.#post({ op: 'ref' });
  }

  unref(): void {
    this.#post({ op: 'unref' });
  }

  /** Fulfils once the far end has done all it was told to. */
  caughtUp(): Promise<void> {
    return this.#ask('ping');
  }

  /** Takes a report of the far end. */
  reported(report: Report): void {
    switch (report.event) {
      case 'received':
        // It is on its way from there to here that this one was still delivered.
        if (!this.#destroyed) this.#receiver?.received(report.text, report.attachments.map(unpack));
        return;
      case 'blocked':
        this.#blocked = true;
        return;
      case 'drained':
        this.#blocked = false;
        if (!this.#owesDrained) return;
        this.#owesDrained = false;
        if (!this.#destroyed) this.#receiver?.drained();
        return;
      case 'closed':
        this.#receiver?.closed(this.#error(report));
        return;
      case 'done':
        this.#waiting.get(report.id)?.();
        this.#waiting.delete(report.id);
        return;
      case 'inside':
        this.faults.push(`${report.callback}() was called from inside ${report.call}() at the far end`);
    }
  }

  /** The process or thread is gone, and answers nothing any more. */
  gone(): void {
    this.#over = true;
    for (const resolve of this.#waiting.values()) resolve();
  }

  #ask(op: 'close' | 'ping'): Promise<void> {
    return new Promise((resolve) => {
      if (this.#over) return resolve();
      const id = ++this.#lastId;
      this.#waiting.set(id, resolve);
      this.#post({ op, id });
    });
  }

  #error({ reason, error }: Extract<Report, { event: 'closed' }>): Error | undefined {
    if (reason !== undefined) return this.#reasons[reason];
    if (error === undefined) return undefined;
    return error.code === undefined
      ? new Error(error.message)
      : new RpcError(error.code as RpcErrorCode, error.message);
  }
}
