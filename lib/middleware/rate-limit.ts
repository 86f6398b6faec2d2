import { checkOptions, count, wholeNumber, type OptionChecks } from '../errors/check-options.ts';
import { invalidOption } from '../errors/invalid-option.ts';
import { timerMs } from '../shared/timer-ms.ts';
import type { Middleware } from './middleware.ts';
import { timeLeft } from './time-left.ts';
import { WaitingLine } from './waiting-line.ts';

/** Options of {@link rateLimit}. */
export interface RateLimitOptions {
  /** How many calls may be made in `perMs` milliseconds. So many can be made at once after a pause. */
  readonly calls: number;
  /** The milliseconds in which `calls` calls may be made. */
  readonly perMs: number;
  /**
   * How many calls that come too soon may wait for their turn. One more rejects with `OVERLOADED`.
   *
   * @defaultValue 0
   */
  readonly waiting?: number | undefined;
}

const checks: OptionChecks<RateLimitOptions> = {
  calls: wholeNumber(1, Number.MAX_SAFE_INTEGER),
  perMs: count,
  waiting: wholeNumber(0, Number.MAX_SAFE_INTEGER),
};

/**
 * A middleware that lets so many calls through in a span of time; what comes too soon rejects with `OVERLOADED`, or
 * waits where that is wanted. A call that waits leaves when its signal aborts or its `timeoutMs` are over, and the time
 * it has waited counts.
 *
 * Each session counts for itself: what one peer uses up no other misses. The clock is monotonic.
 *
 * @param options - How many, in which time, and how many may wait.
 * @throws RpcError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { fork } from 'portcall';
 * import { rateLimit } from 'portcall/middleware';
 *
 * const plugin = fork(new URL('./plugin.js', import.meta.url), {
 *   expose: { log: (line: string) => console.log(line) },
 *   servedMiddleware: [rateLimit({ calls: 100, perMs: 1_000 })],
 * });
 * ```
 */
export function rateLimit(options: RateLimitOptions): Middleware {
  checkOptions<RateLimitOptions>('rateLimit()', options, checks);
  const { calls, perMs, waiting = 0 } = options;
  if (calls === undefined) throw invalidOption('rateLimit(): calls', calls, 'a whole number of 1 or more');
  if (perMs === undefined) throw invalidOption('rateLimit(): perMs', perMs, 'a whole number of milliseconds');
  return (next) => {
    const line = new WaitingLine(waiting, `${calls} calls may be made in ${perMs} ms (rateLimit)`);
    // What may be made now. It grows with time, up to all that may be made at once.
    let tokens = calls;
    let countedAt = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;

    const countTokens = (): number => {
      const now = performance.now();
      tokens = Math.min(calls, tokens + ((now - countedAt) * calls) / perMs);
      countedAt = now;
      return tokens;
    };
    const letGo = (): void => {
      timer = undefined;
      while (line.size > 0 && countTokens() >= 1) {
        tokens--;
        line.next();
      }
      if (line.size > 0) timer = setTimeout(letGo, timerMs(Math.ceil(((1 - tokens) * perMs) / calls)));
    };

    return async (call) => {
      if (line.size === 0 && countTokens() >= 1) {
        tokens--;
        return next(call);
      }
      const left = timeLeft(call);
      const turn = line.join(call);
      if (timer === undefined) letGo();
      try {
        await turn;
      } finally {
        // Whoever leaves last leaves no timer behind.
        if (line.size === 0) {
          clearTimeout(timer);
          timer = undefined;
        }
      }
      return next(left());
    };
  };
}
