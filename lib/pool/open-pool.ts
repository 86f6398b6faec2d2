import { noOptions } from '../call/call-options.ts';
import type { Handler } from '../call/call.ts';
import { closeChecks, defaultGraceMs } from '../connect/connect-options.ts';
import { showError } from '../connect/open-session.ts';
import type { CloseOptions } from '../connect/session.ts';
import { checkOptions } from '../errors/check-options.ts';
import { forkLauncher } from '../launch/fork.ts';
import { defaultStartTimeoutMs } from '../launch/launch-options.ts';
import { launchedChild } from '../launch/launched-child.ts';
import { moduleUrl } from '../launch/module-url.ts';
import { withVitals } from '../launch/vitals.ts';
import { workerLauncher } from '../launch/worker.ts';
import { compose } from '../middleware/compose.ts';
import { limitsFrom } from '../protocol/limits.ts';
import type { Pipeline } from '../remote/pipeline-types.ts';
import { makePipeline, makeRemote } from '../remote/remote.ts';
import type { Remote } from '../remote/types.ts';
import { drainOnSignals } from '../supervise/drain-on-signals.ts';
import { poolCallOptions } from './call-options.ts';
import { Crew } from './crew.ts';
import { checkPoolOptions, memberOptions, sizeChecks, sizeFrom, type PoolOptions } from './options.ts';
import { eachOrigin, poolOrigin } from './pool-origin.ts';
import type { Each, Pool, PoolSize } from './pool.ts';
import { asksMemory } from './recycle.ts';

/**
 * Runs a module in several threads or processes, and hands each call to one of them. There are as many as are needed
 * between `min` and `max`; one that dies rejects its own calls and is replaced.
 *
 * @param module - The module's file URL or absolute path. Where `math.js` is not there but `math.ts` is, that is meant.
 * @param options - What the members are, how many, how calls wait and which member they go to; and what `worker` or
 * `fork` take, for each of them.
 * @throws RpcError `INVALID_OPTION`. Everything else that goes wrong rejects `ready` and the calls with `START_FAILED`.
 *
 * @example
 * ```ts
 * import { pool } from 'portcall';
 *
 * const math = pool<{ add(a: number, b: number): number }>(new URL('./math.js', import.meta.url), { kind: 'worker' });
 * console.log(await Promise.all([1, 2, 3].map((n) => math.remote.add(n, n)))); // [ 2, 4, 6 ]
 * await math.close();
 * ```
 */
export function pool<Module>(module: URL | string, options: PoolOptions): Pool<Module> {
  checkPoolOptions(options);
  const url = moduleUrl('pool()', module);
  const limits = limitsFrom('pool()', options.limits);
  const vital = asksMemory(options.recycle ?? {}) ? withVitals : <T extends object>(same: T): T => same;
  const own = vital(memberOptions(options));
  const launcher = options.kind === 'worker' ? workerLauncher(url, own, true) : forkLauncher(url, own, true);
  const { onError = showError, recycle = {}, queue = {}, graceMs = defaultGraceMs } = options;
  const crew = new Crew({
    launch: () => launchedChild(launcher.launch(), launcher, own),
    size: sizeFrom(options),
    warmUp: options.warmUp ?? true,
    idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
    concurrency: options.concurrency ?? 'adaptive',
    balance: options.balance ?? 'least-loaded',
    queueLimit: queue.limit ?? 100_000,
    waitLimit: queue.whenFull === 'wait' ? limits.pendingCalls : 0,
    ageingMs: queue.ageingMs ?? 1000,
    recycle,
    restart: options.restart ?? {},
    budget: options.budget,
    onError,
    rites: {
      setup: options.setup,
      teardown: options.teardown,
      startTimeoutMs: options.startTimeoutMs ?? defaultStartTimeoutMs,
      graceMs,
      drainTimeoutMs: options.drainTimeoutMs ?? 30_000,
      onError,
    },
  });
  const dressed = (handler: Handler): Handler =>
    options.middleware === undefined ? handler : compose(options.middleware, handler);
  void crew.ended.then(launcher.end);
  const usual = options.kill === true ? poolCallOptions(noOptions, { kill: true }) : noOptions;
  const close = async (closeOptions: CloseOptions = {}): Promise<void> => {
    checkOptions<CloseOptions>('close()', closeOptions, closeChecks);
    await crew.close(closeOptions.graceMs ?? graceMs);
  };
  if (options.handleSignals === true)
    drainOnSignals({ close, terminate: () => crew.terminate(), exited: crew.ended });
  return {
    remote: makeRemote(poolOrigin(crew, dressed, usual), usual) as Remote<Module>,
    pipeline: makePipeline(poolOrigin(crew, dressed, usual), usual) as Pipeline<Module>,
    each: makeRemote(eachOrigin(crew, dressed), usual) as unknown as Each<Module>,
    ready: crew.ready,
    stdout: launcher.stdout,
    stderr: launcher.stderr,
    get state() {
      return crew.state;
    },
    get stats() {
      return crew.stats;
    },
    with: (given) => {
      const all = poolCallOptions(usual, given);
      return makeRemote(poolOrigin(crew, dressed, all), all) as Remote<Module>;
    },
    on: (name, listener) => crew.events.on(name, listener),
    resize: (size) => {
      checkOptions<PoolSize>('resize()', size, sizeChecks);
      const { min = crew.size.min, max = crew.size.max } = size;
      crew.resize(sizeFrom({ min, max }));
    },
    drain: () => crew.close(Infinity),
    close,
    terminate: () => crew.terminate(),
    [Symbol.asyncDispose]: () => close(),
  };
}
