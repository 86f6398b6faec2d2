import type { Call } from '../call/call.ts';
import { callName } from '../call/call-name.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { Blocking } from './blocking.ts';
import type { Ending } from './call-failure.ts';
import type { Caller } from './caller.ts';
import type { Outbox } from './outbox.ts';
import type { PendingCall } from './pending-calls.ts';
import type { Reading } from './reading.ts';

/** What {@link BlockedCalls} needs of its session. */
export interface BlockedCallsParts {
  readonly caller: Caller;
  readonly outbox: Outbox;
  readonly reading: Reading;
  /** Whether there is middleware around the calls of this side. */
  readonly asynchronous: boolean;
  /** Whether the other side has said hello. */
  readonly ready: () => boolean;
  /** What it has said of its own end. */
  readonly theirEnding: () => Ending | undefined;
}

/**
 * Calls that block this thread until they are settled. Whatever arrives meanwhile is taken as it comes; promises that
 * are settled by it have their turn afterwards.
 */
export class BlockedCalls {
  readonly #parts: BlockedCallsParts;

  constructor(parts: BlockedCallsParts) {
    this.#parts = parts;
  }

  /**
   * @param from - The function the user has called.
   * @throws What the call fails with
   */
  call(call: Call, from: object, blocking: Blocking): unknown {
    const { caller, outbox, reading, asynchronous } = this.#parts;
    if (asynchronous) {
      throw new RpcError(
        'INVALID_OPTION',
        `${callName(call)} was not sent: it blocks this thread, and the "middleware" around the calls of this child ` +
          'is asynchronous and cannot run meanwhile. Make the call on "remote", or launch a child without middleware',
        { delivery: 'not-sent' },
      );
    }
    caller.admit(call);
    blocking.check(call);
    const pending = caller.begin(call);
    outbox.flush();
    reading.readOn(() => pending.reached !== undefined);
    this.#wait(pending, blocking);
    return caller.resultOf(pending, from);
  }

  #wait(pending: PendingCall, blocking: Blocking): void {
    const { caller, outbox, ready, theirEnding } = this.#parts;
    const { timeoutMs = Infinity } = pending.call.options;
    const deadline = timeoutMs === Infinity ? Infinity : performance.now() + timeoutMs;
    while (pending.reached === undefined) {
      const until = ready() ? deadline : Math.min(deadline, blocking.readyBy);
      const came = theirEnding() === undefined ? blocking.receive(msUntil(until)) : 'ended';
      if (pending.reached !== undefined || came === 'received') continue;
      if (came === 'late' && until === deadline) {
        caller.late(pending, timeoutMs);
        outbox.flush();
        continue;
      }
      if (came === 'late') blocking.tooLate();
      caller.lost(pending, blocking.ending(ready(), theirEnding()));
    }
  }
}

function msUntil(time: number): number {
  return time === Infinity ? Infinity : Math.max(0, time - performance.now());
}
