import type { Call } from '../call/call.ts';
import { callName } from '../call/call-name.ts';
import { timerMs } from '../shared/timer-ms.ts';

/** Calls that were given up, and whose function has yet to end. */
export interface StuckCalls {
  /**
   * A call made with `kill` has been given up.
   *
   * @param over - Fulfils once its function has ended.
   */
  readonly givenUp: (call: Call, over: Promise<void>) => void;
  /** The child has ended. */
  readonly clear: () => void;
}

/**
 * Gives the functions of calls made with `kill` some time to end.
 *
 * @param graceMs - How long.
 * @param stuck - Called, with the reason in words, once one has not ended in time.
 */
export function stuckCalls(graceMs: number, stuck: (why: string) => void): StuckCalls {
  const timers = new Set<ReturnType<typeof setTimeout>>();
  return {
    givenUp: (call, over) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        stuck(
          `${callName(call)} had been cancelled and did not end within ${graceMs} ms (kill, cancelGraceMs)`,
        );
      }, timerMs(graceMs));
      // Children end with this process; there is nothing to be killed then.
      timer.unref();
      timers.add(timer);
      void over.then(() => {
        clearTimeout(timer);
        timers.delete(timer);
      });
    },
    clear: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
