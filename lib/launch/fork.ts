import type { ChildProcess, StdioOptions } from 'node:child_process';
import type { Socket } from 'node:net';

import type { Channel } from '../channel/channel.ts';
import { noteVariable, pipeFd, type LaunchNote } from '../connect/launch-note.ts';
import { showError } from '../connect/open-session.ts';
import { checkOptions } from '../errors/check-options.ts';
import { limitsFrom } from '../protocol/limits.ts';
import { ByteChannel } from '../transports/byte-channel.ts';
import { IpcChannel } from '../transports/ipc-channel.ts';
import { nodeStream } from '../transports/node-stream.ts';
import { bootstrapFile } from './bootstrap-file.ts';
import type { ForkedChild } from './child.ts';
import { forkChecks, type ForkOptions } from './launch-options.ts';
import { launchedChild } from './launched-child.ts';
import { moduleUrl } from './module-url.ts';
import { childEnvironment, inheritedExecArgv } from './node-arguments.ts';
import { deadChannel } from './dead-channel.ts';
import { drain, outputSink, Tail, type OutputSink } from './output.ts';
import { dyingWithParent } from './parent-death.ts';
import { processLife } from './process-life.ts';
import { startProcess } from './start-process.ts';
import { stdioChannel } from './stdio-channel.ts';
import { hasVitals } from './vitals.ts';

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
  const url = moduleUrl('fork()', module);
  const limits = limitsFrom('fork()', options.limits);
  const bootstrap = bootstrapFile('fork()', options.bootstrap);
  const { channel: kind = 'pipe', execPath = process.execPath } = options;
  const note: LaunchNote = {
    channel: kind,
    module: url.href,
    loader: options.loader ?? 'auto',
    limits,
    ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
    ...(options.watchdog !== undefined && { watchdog: options.watchdog }),
    ...(hasVitals(options) && { vitals: true }),
  };
  const command = [
    ...dyingWithParent(execPath),
    execPath,
    ...(options.execArgv ?? inheritedExecArgv(process.execArgv)),
    bootstrap,
    ...(options.argv ?? []),
  ];
  const child = startProcess('fork()', command, {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...childEnvironment(process.env, options.env), [noteVariable]: JSON.stringify(note) },
    stdio: stdioOf(options, kind),
    serialization: 'advanced',
  });

  const tail = new Tail();
  const { onError = showError } = options;
  const stderr = outputSink(options.stderr ?? 'inherit', process.stderr, onError);
  const stdout = outputSink(options.stdout ?? 'inherit', process.stdout, onError);
  const stderrEnd = drain(child.stderr, stderr, tail);
  if (kind !== 'stdio') void drain(child.stdout, stdout);
  const life = processLife(child, tail, stderrEnd);
  const channel = channelTo(child, kind, limits.messageBytes, stdout);
  const common = launchedChild<Module>(
    { life, channel, what: url.href, limits, stdout: stdout.stream, stderr: stderr.stream },
    options,
  );
  return Object.defineProperty(common, 'pid', { value: child.pid, enumerable: true }) as ForkedChild<Module>;
}

function stdioOf(options: ForkOptions, kind: 'pipe' | 'ipc' | 'stdio'): StdioOptions {
  const stdout = options.stdout ?? 'inherit';
  const stderr = options.stderr ?? 'inherit';
  const out = stdout === 'inherit' || stdout === 'ignore' ? stdout : 'pipe';
  // Stderr is read here even where it is shown as it is: the end of it explains a death.
  const err = stderr === 'ignore' ? 'ignore' : 'pipe';
  switch (kind) {
    case 'stdio':
      return ['pipe', 'pipe', err];
    case 'ipc':
      return ['ignore', out, err, 'ipc'];
    case 'pipe':
      return ['ignore', out, err, 'pipe'];
  }
}

function channelTo(
  child: ChildProcess,
  kind: 'pipe' | 'ipc' | 'stdio',
  messageBytes: number,
  stdout: OutputSink,
): Channel {
  // A process that could not be started has no streams; its 'error' event says why.
  if (child.pid === undefined) return deadChannel();
  switch (kind) {
    case 'stdio':
      return stdioChannel(child, messageBytes, stdout);
    case 'ipc':
      return new IpcChannel(child, 'native', messageBytes);
    case 'pipe': {
      const pipe = child.stdio[pipeFd] as unknown as Socket;
      return new ByteChannel(nodeStream(pipe, pipe), messageBytes);
    }
  }
}
