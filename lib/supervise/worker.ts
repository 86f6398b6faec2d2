import { checkOptions } from '../errors/check-options.ts';
import type { WorkerChild } from '../launch/child.ts';
import { workerChild } from '../launch/dressed-child.ts';
import { workerChecks, type WorkerOptions } from '../launch/launch-options.ts';
import { workerLauncher } from '../launch/worker.ts';
import { isLasting, startChild } from './start-child.ts';

/**
 * Starts a thread that runs a module, and gives its exported functions as functions of this one. The module needs no
 * library code; `parentPort` and `workerData` are left to it.
 *
 * @param module - The module's file URL or absolute path. Where `math.js` is not there but `math.ts` is, that is meant.
 * @param options - Environment, output, limits and the like.
 * @throws RpcError `INVALID_OPTION`. Everything else that goes wrong rejects `ready` and the calls with `START_FAILED`.
 *
 * @example
 * ```ts
 * import { worker } from 'portcall';
 *
 * const math = worker<{ add(a: number, b: number): number }>(new URL('./math.js', import.meta.url));
 * console.log(await math.remote.add(2, 3)); // 5
 * await math.close();
 * ```
 */
export function worker<Module>(module: URL | string, options: WorkerOptions = {}): WorkerChild<Module> {
  checkOptions<WorkerOptions>('worker()', options, workerChecks);
  return workerChild(startChild(workerLauncher(module, options, isLasting(options)), options));
}
