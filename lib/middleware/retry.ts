import type { Call } from '../call/call.ts';
import { callable, checkOptions, count, milliseconds, type OptionChecks } from '../errors/check-options.ts';
import type { RpcErrorCode } from '../errors/errors.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { Middleware } from './middleware.ts';
import { pause } from './pause.ts';
import { timeLeft } from './time-left.ts';

/** Options of {@link retry}. */
export interface RetryOptions {
  /**
   * How often a call is made at most, the first time included.
   *
   * @defaultValue 3
   */
  readonly attempts?: number | undefined;
  /**
   * Milliseconds before the second attempt. Each further pause is twice as long as the one before; all are shortened by
   * up to a half at random, so that callers which failed together do not come back together.
   *
   * @defaultValue 100
   */
  readonly delayMs?: number | undefined;
  /**
   * The longest pause, in milliseconds.
   *
   * @defaultValue 5000
   */
  readonly maxDelayMs?: number | undefined;
  /**
   * Says of an error whether the call is worth another attempt.
   *
   * @defaultValue `OVERLOADED`, `CHILD_EXITED` and `CHANNEL_CLOSED`
   */
  readonly when?: ((error: unknown, call: Call) => boolean) | undefined;
}

const checks: OptionChecks<RetryOptions> = {
  attempts: count,
  delayMs: milliseconds,
  maxDelayMs: milliseconds,
  when: callable,
};

/**
 * A middleware that makes calls again that have failed, if they are marked `with({ idempotent: true })`; no other call
 * is ever made twice. Meant for the calls a side makes.
 *
 * A call's `timeoutMs` holds for all attempts together: none is begun that it leaves no time for. Its signal ends the
 * pauses too.
 *
 * That an error says `delivery: 'not-sent'` is not enough: a function that calls on may throw such an error itself.
 *
 * @param options - How often, when, and the pauses.
 * @throws RpcError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { fork } from 'portcall';
 * import { retry } from 'portcall/middleware';
 *
 * const store = fork<{ get(key: string): string }>(new URL('./store.js', import.meta.url), {
 *   middleware: [retry({ attempts: 5 })],
 * });
 * console.log(await store.with({ idempotent: true }).get('a'));
 * ```
 */
export function retry(options: RetryOptions = {}): Middleware {
  checkOptions<RetryOptions>('retry()', options, checks);
  const { attempts = 3, delayMs = 100, maxDelayMs = 5000, when = isPassing } = options;
  return (next) => async (call) => {
    if (call.options.idempotent !== true) return next(call);
    const left = timeLeft(call);
    for (let attempt = 1; ; attempt++) {
      try {
        return await next(attempt === 1 ? call : left());
      } catch (error) {
        if (attempt >= attempts || !when(error, call)) throw error;
        const pauseMs =
          Math.min(maxDelayMs, delayMs * 2 ** Math.min(attempt - 1, 30)) * (1 - Math.random() / 2);
        if ((left().options.timeoutMs ?? Infinity) <= pauseMs) throw error;
        await pause(pauseMs, call.options.signal);
      }
    }
  };
}

const passing: ReadonlySet<RpcErrorCode> = new Set<RpcErrorCode>([
  'OVERLOADED',
  'CHILD_EXITED',
  'CHANNEL_CLOSED',
]);

/** Failures that another attempt may not meet. */
function isPassing(error: unknown): boolean {
  return error instanceof RpcError && passing.has(error.code);
}
