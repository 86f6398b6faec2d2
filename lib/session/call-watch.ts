import { timeoutError } from './call-failure.ts';
import type { CallWriter } from './call-writer.ts';
import type { Deadlines } from './deadlines.ts';
import type { PendingCall } from './pending-calls.ts';
import type { SignalWatches } from './signal-watches.ts';

/** What a call is watched with. */
export interface CallWatch {
  readonly deadlines: Deadlines;
  readonly watches: SignalWatches;
  readonly writer: CallWriter;
  /**
   * Stops waiting for the call.
   *
   * @param toError - Makes what it rejects with; told whether the call has been sent.
   * @param signal - The one that has aborted.
   */
  readonly abandon: (pending: PendingCall, toError: (sent: boolean) => unknown, signal?: AbortSignal) => void;
}

/**
 * Watches whatever can end the wait for a call early: its deadline, its own signal, and the signals among its arguments,
 * of which the other side is told.
 */
export function watchCall(pending: PendingCall, { deadlines, watches, writer, abandon }: CallWatch): void {
  const { call, exports } = pending;
  const { timeoutMs, signal } = call.options;
  if (timeoutMs === undefined && signal === undefined && exports?.signals === undefined) return;
  const releases: (() => void)[] = [];
  if (timeoutMs !== undefined) {
    const tooLate = (): void => abandon(pending, (sent) => timeoutError(call, timeoutMs, sent));
    pending.clearDeadline = deadlines.set(timeoutMs, tooLate);
    releases.push(pending.clearDeadline);
  }
  if (signal !== undefined)
    releases.push(watches.add(signal, () => abandon(pending, () => signal.reason, signal)));
  for (const [id, passed] of exports?.live ?? []) {
    if (passed.aborted) writer.postAbort(id, passed);
    else releases.push(watches.add(passed, () => writer.postAbort(id, passed)));
  }
  const releaseAll = (): void => releases.forEach((release) => release());
  pending.release = releaseAll;
  // By a getter among the arguments, say: no event will tell.
  if (signal?.aborted === true) abandon(pending, () => signal.reason, signal);
}
