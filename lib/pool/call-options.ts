import type { CallOptions } from '../call/call.ts';
import { callOptions, noOptions } from '../call/call-options.ts';
import { checkOptions, text, wholeNumber, type OptionChecks } from '../errors/check-options.ts';

/**
 * How calls of a pool are to be made: what {@link CallOptions} say, and whose turn it is.
 *
 * @example
 * ```ts
 * import type { Pool, PoolCallOptions } from 'portcall';
 *
 * declare const pages: Pool<{ render(page: number): Promise<string> }>;
 * const urgent: PoolCallOptions = { priority: 10, key: 'ada', timeoutMs: 5_000 };
 * console.log(await pages.with(urgent).render(1));
 * ```
 */
export interface PoolCallOptions extends CallOptions {
  /**
   * The higher the sooner, where calls have to wait; from -100 to 100. Waiting raises a call by one for each
   * `queue.ageingMs`.
   *
   * @defaultValue 0
   */
  readonly priority?: number | undefined;
  /**
   * Whom or what the call is for. Keys take turns where calls have to wait; with `balance: 'key'` the calls of a key go
   * to the same member, as long as that lives.
   *
   * @defaultValue none
   */
  readonly key?: string | undefined;
}

type OwnOptions = Pick<PoolCallOptions, 'priority' | 'key'>;

const checks: OptionChecks<OwnOptions> = { priority: wholeNumber(-100, 100), key: text };

/**
 * Checks the options of a pool's `with`.
 *
 * @throws RpcError `INVALID_OPTION`
 */
export function poolCallOptions(base: PoolCallOptions, options: PoolCallOptions): PoolCallOptions {
  const { priority, key, ...others } = options ?? noOptions;
  const own: OwnOptions = {
    ...(priority !== undefined && { priority }),
    ...(key !== undefined && { key }),
  };
  checkOptions<OwnOptions>('with()', own, checks);
  return Object.freeze({ ...base, ...callOptions(noOptions, others), ...own });
}
