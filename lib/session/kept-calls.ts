import type { Call, KeptResult } from '../call/call.ts';
import { callName } from '../call/call-name.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { Code } from '../protocol/protocol.ts';
import type { CallNumbers, CallWriter } from './call-writer.ts';
import type { MessageExports } from './message-exports.ts';
import type { Outbox } from './outbox.ts';
import type { SignalWatches } from './signal-watches.ts';

/** A call whose result stays at the other side. */
interface KeptCall {
  readonly id: number;
  /** Ends the watches on its signals. */
  readonly releases: (() => void)[];
}

/** Makes calls whose results stay at the other side, each until the object that stands for it here is collected. */
export class KeptCalls {
  readonly #outbox: Outbox;
  readonly #watches: SignalWatches;
  readonly #writer: CallWriter;
  readonly #most: number;
  readonly #collected = new FinalizationRegistry<KeptCall>((kept) => this.#release(kept));
  // Those whose signals are watched.
  readonly #watched = new Set<KeptCall>();
  #size = 0;

  /** @param most - How many results the other side may keep. */
  constructor(outbox: Outbox, watches: SignalWatches, writer: CallWriter, most: number) {
    this.#outbox = outbox;
    this.#watches = watches;
    this.#writer = writer;
    this.#most = most;
  }

  /**
   * @throws RpcError `OVERLOADED`, and what cannot be written
   */
  send(call: Call, keep: KeptResult, makeExports: () => MessageExports, numbers: CallNumbers): undefined {
    if (this.#size >= this.#most) {
      throw new RpcError(
        'OVERLOADED',
        `${callName(call)} was not sent: the other side keeps ${this.#size} results for this one ` +
          '(limits.references). Release some of them first, or raise the limit',
        { delivery: 'not-sent' },
      );
    }
    const { id, text, attachments, exports, order } = this.#writer.write(call, makeExports, numbers);
    this.#size++;
    // An await of what is made on the result only gets to its call in a microtask; it is to leave with this one.
    this.#outbox.post(text, attachments, true, -id, order);
    const kept: KeptCall = { id, releases: [] };
    // The call may never end as far as this side knows, so its signals are watched for as long as its result is kept.
    for (const [number, passed] of exports?.live ?? []) {
      if (passed.aborted) this.#writer.postAbort(number, passed);
      else kept.releases.push(this.#watches.add(passed, () => this.#writer.postAbort(number, passed)));
    }
    if (kept.releases.length > 0) this.#watched.add(kept);
    keep.kept(id, () => {
      this.#collected.unregister(keep);
      this.#release(kept);
    });
    this.#collected.register(keep, kept, keep);
    return undefined;
  }

  /** The session is over: nothing is watched any more. */
  end(): void {
    for (const { releases } of this.#watched) for (const release of releases) release();
    this.#watched.clear();
  }

  #release(kept: KeptCall): void {
    for (const release of kept.releases) release();
    this.#watched.delete(kept);
    this.#size--;
    this.#outbox.postBehind(`[${Code.release},${-kept.id},1]`);
  }
}
