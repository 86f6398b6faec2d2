import { callName } from '../call/call-name.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { Code, Form, type Message } from '../protocol/protocol.ts';
import type { Attachment } from '../shared/attachments.ts';
import type { Codec } from '../values/values.ts';
import { arrivedValue } from './arrived.ts';
import { CallFailure } from './call-failure.ts';
import type { CallWriter } from './call-writer.ts';
import { MessageImports } from './message-imports.ts';
import type { Outcome, PendingCall } from './pending-calls.ts';
import { refusal } from './refusals.ts';
import type { SharedObjects } from './shared-objects.ts';
import type { SignalWatches } from './signal-watches.ts';
import type { Inflow } from './streams/inflow.ts';

/** Reads what became of calls. */
export class ReplyReader {
  readonly #codec: Codec;
  readonly #objects: SharedObjects;
  readonly #watches: SignalWatches;
  readonly #writer: CallWriter;

  constructor(codec: Codec, objects: SharedObjects, watches: SignalWatches, writer: CallWriter) {
    this.#codec = codec;
    this.#objects = objects;
    this.#watches = watches;
    this.#writer = writer;
  }

  /** What the reply to a call says. Never throws: a reply that cannot be read is a failure of its call. */
  read(pending: PendingCall, message: Message, attachments: readonly Attachment[]): Outcome {
    const { call } = pending;
    if (message[0] === Code.refusal) return new CallFailure(() => refusal(call, message));
    try {
      const value = this.#value(pending, message, attachments);
      return message[0] === Code.result ? { value } : new CallFailure(() => value, pending);
    } catch (error) {
      return new CallFailure(() => error);
    }
  }

  #value(pending: PendingCall, message: Message, attachments: readonly Attachment[]): unknown {
    // Most are plain, and have nothing behind them.
    if (message.length <= 3) return message[2];
    const arrived = arrivedValue(message, attachments);
    if (arrived === undefined) return undefined;
    if (arrived.form === Form.plain) return arrived.json;
    const imports = new MessageImports(this.#objects, false, (id) => reasonOf(pending, id));
    const value = this.#codec.decode(arrived, imports);
    if (imports.inflows !== undefined) this.#streams(pending, imports, imports.inflows);
    if (message[0] === Code.result && isThenable(value)) {
      throw new RpcError(
        'PROTOCOL_ERROR',
        `${callName(pending.call)} returned an object with a function called "then", which every await would take for a promise`,
      );
    }
    return value;
  }

  /** The result holds streams: deadline aside, what can end the call ends them, until they have ended by themselves. */
  #streams(pending: PendingCall, imports: MessageImports, inflows: readonly Inflow[]): void {
    if (pending.iterated) inflows[0]?.open(true);
    const { signal } = pending.call.options;
    if (pending.release === undefined) return;
    pending.streaming = true;
    pending.clearDeadline?.();
    let open = inflows.length;
    const stopWatching =
      signal === undefined
        ? undefined
        : this.#watches.add(signal, () => {
            // For whoever watches the call itself; the generator is told on its own.
            this.#writer.postCancel(pending.id, signal);
            for (const inflow of inflows) inflow.cancel(signal.reason);
          });
    const ended = (): void => {
      if (--open > 0) return;
      pending.release?.();
      stopWatching?.();
    };
    imports.ends.stream = ended;
  }
}

/** A reply may bring back the reason of a signal that the call has taken along. */
function reasonOf(pending: PendingCall, id: number): unknown {
  const signal = pending.exports?.signals?.get(id);
  if (signal !== undefined) return signal.reason;
  throw new RpcError('PROTOCOL_ERROR', 'the other side sent the reason of a signal that it was not given');
}

function isThenable(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
