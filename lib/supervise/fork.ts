import { checkOptions } from '../errors/check-options.ts';
import type { ForkedChild } from '../launch/child.ts';
import { forkedChild } from '../launch/dressed-child.ts';
import { forkLauncher } from '../launch/fork.ts';
import { forkChecks, type ForkOptions } from '../launch/launch-options.ts';
import { isLasting, startChild } from './start-child.ts';

/**
 * Starts a process that runs a module, and gives its exported functions as functions of this one. The module needs no
 * library code.
 *
 * @param module - The module's file URL or absolute path. Where `math.js` is not there but `math.ts` is, that is meant.
 * @param options - What the calls travel over, environment, output, limits and the like.
 * @throws RpcError `INVALID_OPTION`. Everything else that goes wrong rejects `ready` and the calls with `START_FAILED`.
 *
 * @example
 * ```ts
 * import { fork } from 'portcall';
 *
 * const math = fork<{ add(a: number, b: number): number }>(new URL('./math.js', import.meta.url));
 * console.log(await math.remote.add(2, 3)); // 5
 * await math.close();
 * ```
 */
export function fork<Module>(module: URL | string, options: ForkOptions = {}): ForkedChild<Module> {
  checkOptions<ForkOptions>('fork()', options, forkChecks);
  return forkedChild(startChild(forkLauncher(module, options, isLasting(options)), options));
}
