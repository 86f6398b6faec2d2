import { MessageChannel, Worker } from 'node:worker_threads';

import type { LaunchedWorkerData, LaunchNote } from '../connect/launch-note.ts';
import { checkOptions } from '../errors/check-options.ts';
import { limitsFrom } from '../protocol/limits.ts';
import { PortChannel } from '../transports/port-channel.ts';
import { bootstrapFile } from './bootstrap-file.ts';
import type { WorkerChild } from './child.ts';
import { workerChecks, type WorkerOptions } from './launch-options.ts';
import { launchedChild } from './launched-child.ts';
import { moduleUrl } from './module-url.ts';
import { childEnvironment, inheritedExecArgv } from './node-arguments.ts';
import { drain, outputSink, Tail } from './output.ts';
import { workerLife } from './worker-life.ts';

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
  const url = moduleUrl('worker()', module);
  const limits = limitsFrom('worker()', options.limits);
  const bootstrap = bootstrapFile('worker()', options.bootstrap);
  const note: LaunchNote = { channel: 'port', module: url.href, loader: options.loader ?? 'auto', limits };
  const { port1, port2 } = new MessageChannel();
  const data: LaunchedWorkerData = { portcall: note, port: port2, workerData: options.workerData };
  const stdoutTo = options.stdout ?? 'inherit';
  const thread = new Worker(bootstrap, {
    workerData: data,
    transferList: [port2],
    env: childEnvironment(process.env, options.env),
    argv: [...(options.argv ?? [])],
    // Left out, Node hands on its own, those that threads do not take among them.
    ...(options.execArgv !== undefined && { execArgv: [...options.execArgv] }),
    ...(options.execArgv === undefined && threadExecArgv(process.execArgv)),
    ...(options.resourceLimits !== undefined && { resourceLimits: options.resourceLimits }),
    stdout: stdoutTo !== 'inherit',
    // Read here even where it is shown as it is: the end of it explains a death.
    stderr: true,
  });

  const tail = new Tail();
  const stderr = outputSink(options.stderr ?? 'inherit', process.stderr);
  const stdout = outputSink(stdoutTo, process.stdout);
  if (stdoutTo !== 'inherit') void drain(thread.stdout, stdout);
  const life = workerLife(
    thread,
    tail,
    drain(thread.stderr, stderr, options.stderr === 'ignore' ? undefined : tail),
  );
  const common = launchedChild<Module>(
    {
      life,
      channel: new PortChannel(port1, limits.messageBytes),
      what: url.href,
      limits,
      stdout: stdout.stream,
      stderr: stderr.stream,
    },
    options,
  );
  const threadId = { get: () => thread.threadId, enumerable: true };
  return Object.defineProperty(common, 'threadId', threadId) as WorkerChild<Module>;
}

/**
 * The options of Node for a thread. Where none has to be left out they are not named: Node hands on its own, V8's among
 * them, which it refuses where they are named.
 */
function threadExecArgv(own: readonly string[]): { execArgv?: string[] } {
  const kept = inheritedExecArgv(own);
  return kept.length === own.length ? {} : { execArgv: kept };
}
