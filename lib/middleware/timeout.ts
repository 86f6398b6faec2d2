import { milliseconds } from '../errors/check-options.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { afterPendingInput } from '../shared/scheduler.ts';
import { timerMs } from '../shared/timer-ms.ts';
import { callName } from '../call/call-name.ts';
import type { Middleware } from './middleware.ts';

/**
 * A middleware that gives calls a deadline, unless they have an earlier one of their own.
 *
 * Around the calls a side makes it is `with({ timeoutMs })` for all of them, and cancels at the callee what is late.
 * Around the calls a side takes it answers for functions that take too long; these run on, since nothing can stop a
 * function but itself.
 *
 * @param timeoutMs - Milliseconds until a call rejects with `TIMEOUT`.
 * @throws RpcError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { fork } from 'portcall';
 * import { timeout } from 'portcall/middleware';
 *
 * const math = fork(new URL('./math.js', import.meta.url), { middleware: [timeout(5_000)] });
 * ```
 */
export function timeout(timeoutMs: number): Middleware {
  milliseconds('timeout(): timeoutMs', timeoutMs);
  return (next) => async (call) => {
    const { timeoutMs: own = Infinity } = call.options;
    if (own <= timeoutMs) return next(call);
    const result = next({ ...call, options: { ...call.options, timeoutMs } });
    // A session keeps the deadline itself. What cannot be waited for with a timer is left to it.
    if (timerMs(timeoutMs) !== timeoutMs) return result;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const give = (): void =>
        reject(
          new RpcError(
            'TIMEOUT',
            `${callName(call)} did not finish within ${timeoutMs} ms (timeout). It may have run, or run still`,
            { delivery: 'unknown' },
          ),
        );
      // Twice, because a session that keeps the deadline lets what has arrived win, and knows better what to say.
      timer = setTimeout(() => afterPendingInput(() => afterPendingInput(give)), timeoutMs);
    });
    try {
      return await Promise.race([result, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
