import type { Call } from '../call/call.ts';
import type { Ending } from './call-failure.ts';

/** How a session waits without giving up its thread. */
export interface Blocking {
  /** Until when the other side has to have said hello, on the clock of `performance.now()`. */
  readonly readyBy: number;
  /** @throws RpcError where this call cannot be waited for: nothing of it has been sent */
  check(call: Call): void;
  /**
   * Has one message received: the next that is there, or comes within the time.
   *
   * @returns `'ended'` where none will come any more.
   */
  receive(ms: number): 'received' | 'late' | 'ended';
  /** The other side has not become ready in time, and is ended. */
  tooLate(): void;
  /**
   * Why the call fails, where that cannot be waited for.
   *
   * @param ready - Whether the other side has said hello.
   * @param theirs - What it has said of its own end.
   */
  ending(ready: boolean, theirs: Ending | undefined): Ending;
}
