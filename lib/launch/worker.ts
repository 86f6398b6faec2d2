import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  MessageChannel,
  Worker,
  type MessagePort,
  type WorkerOptions as ThreadOptions,
} from 'node:worker_threads';

import { nanoid } from 'nanoid';

import { noteVariable, type LaunchedWorkerData, type LaunchNote } from '../connect/launch-note.ts';
import { verifyGuard } from '../connect/guard.ts';
import { showError } from '../connect/open-session.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { limitsFrom } from '../protocol/limits.ts';
import { Bell } from '../transports/bell.ts';
import { BlockingPort } from '../transports/blocking-port.ts';
import { portCarries, PortChannel } from '../transports/port-channel.ts';
import { bootstrapFile } from './bootstrap-file.ts';
import { childOutput } from './child-output.ts';
import { compiledCode } from './compiled-code.ts';
import { heapLimits } from './heap.ts';
import type { WorkerOptions } from './launch-options.ts';
import type { Launched, Launcher } from './launcher.ts';
import { moduleUrl } from './module-url.ts';
import { moduleValues } from './module-values.ts';
import { childEnvironment, threadExecArgv } from './node-arguments.ts';
import { drain, Tail } from './output.ts';
import { hasVitals } from './vitals.ts';
import { workerLife } from './worker-life.ts';
import { watchModule } from './watch-module.ts';

/**
 * What starts threads that run a module.
 *
 * @param options - As the user gave them; they have been checked one by one.
 * @param lasting - Whether one is started after the other, and the streams the user reads go on.
 * @throws RpcError `INVALID_OPTION`
 */
export function workerLauncher(module: URL | string, options: WorkerOptions, lasting: boolean): Launcher {
  const url = moduleUrl('worker()', module);
  verifyGuard('worker()', options, options.expose);
  const limits = limitsFrom('worker()', options.limits, options.trust);
  const types = options.types === undefined ? undefined : moduleUrl('worker()', options.types, 'types').href;
  const bootstrap = bootstrapFile('worker()', options.bootstrap).file;
  const resourceLimits = heapLimits('worker()', options);
  const { onError = showError } = options;
  const note: LaunchNote = {
    channel: 'port',
    module: url.href,
    path: fileURLToPath(url),
    session: nanoid(),
    loader: options.loader ?? 'auto',
    limits,
    ...(hasVitals(options) && { vitals: true }),
    ...(types !== undefined && { types }),
  };
  const output = childOutput(options, lasting, onError);
  const launch = (): Launched => {
    const { port1, port2 } = channelWith(options.workerData);
    const bell = new Bell();
    const data: LaunchedWorkerData = { portcall: note, port: port2, bell: bell.memory, code: compiledCode };
    const execArgv = options.execArgv ?? threadExecArgv(process.execArgv);
    const thread = startThread(port1, bootstrap, {
      workerData: data,
      transferList: [port2],
      // Its note is in its data. Another there would be this process's own, which has not been read yet.
      env: childEnvironment(process.env, { ...options.env, [noteVariable]: undefined }),
      argv: [...(options.argv ?? [])],
      ...(execArgv !== undefined && { execArgv: [...execArgv] }),
      ...(resourceLimits !== undefined && { resourceLimits }),
    });
    const tail = new Tail();
    const { stdout, stderr } = output.sinks();
    if ((options.stdout ?? 'inherit') !== 'inherit') void drain(taken(thread.stdout), stdout);
    // Read here even where it is shown as it is: the end of it explains a death.
    const kept = options.stderr === 'ignore' ? undefined : tail;
    const channel = new PortChannel(port1, limits.messageBytes, { ring: () => bell.noteSent() });
    const port = new BlockingPort(channel, port1, bell);
    return {
      life: workerLife(thread, tail, drain(taken(thread.stderr), stderr, kept), onError),
      channel,
      blocking: { port, exit: () => ({ code: port.exitCode ?? null, signal: null, stderr: tail.text }) },
    };
  };
  return {
    what: url.href,
    limits,
    values: moduleValues('worker()', { ...limits, trust: options.trust }, types),
    carries: portCarries,
    stdout: output.stdout,
    stderr: output.stderr,
    launch,
    watch: (changed, failed) => watchModule(url, changed, failed),
    end: output.end,
  };
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
