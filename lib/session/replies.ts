import { RpcError } from '../errors/rpc-error.ts';
import { fits, frameSize, utf8Length } from '../protocol/frame-size.ts';
import { Code } from '../protocol/protocol.ts';
import { noAttachments, type Attachment } from '../shared/attachments.ts';
import type { Codec, Encoded } from '../values/values.ts';
import { valueFields } from './arrived.ts';
import { discardResult, discardUnwanted, type Discarding } from './discard-result.ts';
import { MessageExports } from './message-exports.ts';
import type { Outbox } from './outbox.ts';
import type { Order } from './parts/bulk.ts';
import { refusalText } from './refusals.ts';
import type { Running } from './running.ts';
import { headChars } from './series.ts';
import type { SharedObjects } from './shared-objects.ts';
import type { Outflow } from './streams/outflow.ts';

/** What becomes of streams that are part of a result. */
export interface ReplyEvents {
  /** An error that no caller waits for. */
  report(error: unknown): void;
  /** The result holds streams: what belongs to the call lives until they have ended. */
  streaming(running: Running, outflows: readonly Outflow[], whenEnded: (ended: () => void) => void): void;
}

/** Says what became of calls. */
export class Replies {
  readonly #outbox: Outbox;
  readonly #codec: Codec;
  readonly #objects: SharedObjects;
  readonly #events: ReplyEvents;
  #largestMessage = Infinity;

  constructor(outbox: Outbox, codec: Codec, objects: SharedObjects, events: ReplyEvents) {
    this.#outbox = outbox;
    this.#codec = codec;
    this.#objects = objects;
    this.#events = events;
  }

  /** The other side has said how large a message may be. */
  limitMessages(bytes: number): void {
    this.#largestMessage = bytes;
  }

  /** The function has returned. */
  succeeded(running: Running, value: unknown): void {
    const { id, kept, context } = running;
    context?.answered(false);
    if (kept !== undefined) return kept.settle('returned', value);
    if (id < 0) return discardUnwanted(value, this.#discarding);
    if (running.cancelled) return this.#discard(value);
    if (value === undefined) return void this.#outbox.post(`[${Code.result},${id}]`);
    const short = this.#codec.short(value);
    if (short !== undefined) return this.#postShort(running, short);
    const exports = new MessageExports(this.#objects);
    let encoded: Encoded;
    try {
      encoded = this.#codec.encode(value, 'result', exports);
    } catch (error) {
      this.refuse(running, afterTheCall(error as RpcError));
      this.#discard(value);
      return;
    }
    if (!this.#post(running, Code.result, encoded, exports, 'result')) return this.#discard(value);
    if (exports.outflows === undefined) return;
    context?.answered(true);
    this.#events.streaming(running, exports.outflows, (ended) => (exports.whenStreamEnds = ended));
  }

  /** The function has thrown. */
  failed(running: Running, error: unknown): void {
    const { kept, signals, context } = running;
    context?.answered(false);
    if (kept !== undefined) return kept.settle('failed', error);
    // Nobody waits for it, but it must not be lost.
    if (running.id < 0) return this.#events.report(error);
    if (running.cancelled) return;
    const exports = new MessageExports(this.#objects, undefined, (value) => signals?.reasonOf(value));
    this.#post(running, Code.failure, this.#codec.encodeThrown(error, exports), exports, 'error');
  }

  /** Portcall's own answer, in place of the function's. */
  refuse(running: Running, error: RpcError): void {
    const { id, kept } = running;
    if (kept !== undefined) {
      kept.refused = true;
      return kept.settle('failed', error);
    }
    if (id < 0) return this.#events.report(error);
    if (!running.cancelled) this.#outbox.post(refusalText(id, error));
  }

  #postShort(running: Running, value: string): void {
    const { id } = running;
    if (fits(value, noAttachments, this.#largestMessage - headChars))
      this.#outbox.postShort(Code.result, id, '', value, running);
    else this.#postText(running, `[${Code.result},${id},${value}]`, noAttachments, 'result');
  }

  /** Gives whether it could be sent: what is too large is refused. */
  #post(running: Running, code: number, encoded: Encoded, exports: MessageExports, what: string): boolean {
    const text = `[${code},${running.id},${valueFields(encoded)}]`;
    if (this.#postText(running, text, encoded.attachments, what, exports)) return true;
    exports.undo(0);
    return false;
  }

  #postText(
    running: Running,
    text: string,
    attachments: readonly Attachment[],
    what: string,
    order?: Order,
  ): boolean {
    // Two more for the brackets of the batch.
    if (fits(text, attachments, this.#largestMessage - 2)) {
      this.#outbox.post(text, attachments, false, running, order);
      return true;
    }
    const bytes = frameSize(utf8Length(text) + 2, attachments);
    this.refuse(
      running,
      new RpcError(
        'TOO_LARGE',
        `its ${what} takes ${bytes} bytes, messages of at most ${this.#largestMessage} are taken here. ` +
          'Return it in parts, or raise limits.messageBytes on both sides',
        { delivery: 'unknown' },
      ),
    );
    return false;
  }

  /** A result that nobody gets. */
  #discard(value: unknown): void {
    discardResult(value, this.#discarding);
  }

  get #discarding(): Discarding {
    return {
      streamValue: (object) => this.#objects.streamValue(object),
      report: (error) => this.#events.report(error),
    };
  }
}

/** A result that cannot be sent is no sign that the function did not run, whatever is said of values that are not sent. */
function afterTheCall({ code, message, cause }: RpcError): RpcError {
  return new RpcError(code, message, { delivery: 'unknown', ...(cause !== undefined && { cause }) });
}
