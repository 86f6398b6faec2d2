import type { Readable } from 'node:stream';
import {
  MessageChannel,
  Worker,
  type MessagePort,
  type WorkerOptions as ThreadOptions,
} from 'node:worker_threads';

import type { LaunchedWorkerData, LaunchNote } from '../connect/launch-note.ts';
import { showError } from '../connect/open-session.ts';
import { checkOptions } from '../errors/check-options.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { limitsFrom } from '../protocol/limits.ts';
import { PortChannel } from '../transports/port-channel.ts';
import { bootstrapFile } from './bootstrap-file.ts';
import type { WorkerChild } from './child.ts';
import { workerChecks, type WorkerOptions } from './launch-options.ts';
import { launchedChild } from './launched-child.ts';
import { moduleUrl } from './module-url.ts';
import { childEnvironment, threadExecArgv } from './node-arguments.ts';
import { drain, outputSink, Tail } from './output.ts';
import { hasVitals } from './vitals.ts';
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
  const note: LaunchNote = {
    channel: 'port',
    module: url.href,
    loader: options.loader ?? 'auto',
    limits,
    ...(hasVitals(options) && { vitals: true }),
  };
  const { port1, port2 } = channelWith(options.workerData);
  const data: LaunchedWorkerData = { portcall: note, port: port2 };
  const stdoutTo = options.stdout ?? 'inherit';
  const execArgv = options.execArgv ?? threadExecArgv(process.execArgv);
  const thread = startThread(port1, bootstrap, {
    workerData: data,
    transferList: [port2],
    env: childEnvironment(process.env, options.env),
    argv: [...(options.argv ?? [])],
    ...(execArgv !== undefined && { execArgv: [...execArgv] }),
    ...(options.resourceLimits !== undefined && { resourceLimits: options.resourceLimits }),
  });

  const tail = new Tail();
  const { onError = showError } = options;
  const stderr = outputSink(options.stderr ?? 'inherit', process.stderr, onError);
  const stdout = outputSink(stdoutTo, process.stdout, onError);
  if (stdoutTo !== 'inherit') void drain(taken(thread.stdout), stdout);
  // Read here even where it is shown as it is: the end of it explains a death.
  const life = workerLife(
    thread,
    tail,
    drain(taken(thread.stderr), stderr, options.stderr === 'ignore' ? undefined : tail),
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
 * The ports of a thread, with what the user passes to it on its way. It is cloned here and not by the Worker, which
 * would leave listeners and a thread behind where that cannot be done.
 */
function channelWith(value: unknown): MessageChannel {
  const channel = new MessageChannel();
  try {
    channel.port1.postMessage(value);
    return channel;
  } catch (error) {
    channel.port1.close();
    throw new RpcError('INVALID_OPTION', `worker(): workerData cannot be cloned: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Node refuses at once what threads do not take as an option. */
function startThread(port: MessagePort, file: string, options: ThreadOptions): Worker {
  try {
    return new Worker(file, options);
  } catch (error) {
    port.close();
    throw new RpcError('INVALID_OPTION', `worker(): Node does not take this: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * One of the streams a thread prints to, which Node leads to this process's own unless it is told not to. But told so,
 * it keeps this process alive for as long as the stream is read.
 */
function taken(stream: Readable): Readable {
  return stream.unpipe().resume();
}
