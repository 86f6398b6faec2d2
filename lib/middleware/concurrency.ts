import { checkOptions, count, wholeNumber, type OptionChecks } from '../errors/check-options.ts';
import { invalidOption } from '../errors/invalid-option.ts';
import type { Middleware } from './middleware.ts';
import { timeLeft } from './time-left.ts';
import { WaitingLine } from './waiting-line.ts';

/** Options of {@link concurrency}. */
export interface ConcurrencyOptions {
  /** How many calls may be under way at once. */
  readonly calls: number;
  /**
   * How many more may wait for their turn, first come, first served. One more rejects with `OVERLOADED`.
   *
   * @defaultValue 1000
   */
  readonly waiting?: number | undefined;
}

/** How many calls may wait: none, or as many as memory holds. */
const waitingCount = wholeNumber(0, Number.MAX_SAFE_INTEGER);

const checks: OptionChecks<ConcurrencyOptions> = { calls: count, waiting: waitingCount };

/**
 * A middleware that lets so many calls be under way at once; further ones wait. A call that waits leaves when its signal
 * aborts or its `timeoutMs` are over, and the time it has waited counts.
 *
 * Each session counts for itself.
 *
 * @param options - How many, and how many may wait.
 * @throws RpcError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { fork } from 'portcall';
 * import { concurrency } from 'portcall/middleware';
 *
 * const renderer = fork(new URL('./render.js', import.meta.url), { middleware: [concurrency({ calls: 4 })] });
 * ```
 */
export function concurrency(options: ConcurrencyOptions): Middleware {
  checkOptions<ConcurrencyOptions>('concurrency()', options, checks);
  const { calls, waiting = 1000 } = options;
  if (calls === undefined) throw invalidOption('concurrency(): calls', calls, 'a whole number of 1 or more');
  return (next) => {
    const line = new WaitingLine(waiting, `${calls} calls are under way (concurrency)`);
    let underWay = 0;
    return async (call) => {
      let turn = call;
      if (underWay < calls) {
        underWay++;
      } else {
        // Whoever lets this one go leaves it a place.
        const left = timeLeft(call);
        await line.join(call);
        turn = left();
      }
      try {
        return await next(turn);
      } finally {
        if (!line.next()) underWay--;
      }
    };
  };
}
