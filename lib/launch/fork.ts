import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

import { nanoid } from 'nanoid';

import type { Channel } from '../channel/channel.ts';
import { noteVariable, pipeFd, type LaunchNote } from '../connect/launch-note.ts';
import { verifyGuard } from '../connect/guard.ts';
import { showError } from '../connect/open-session.ts';
import { untrusting } from '../connect/untrusting.ts';
import { limitsFrom, type Limits } from '../protocol/limits.ts';
import { ByteChannel } from '../transports/byte-channel.ts';
import { HandleChannel } from '../transports/handle-channel.ts';
import { IpcChannel } from '../transports/ipc-channel.ts';
import { nodeStream } from '../transports/node-stream.ts';
import { bootstrapFile } from './bootstrap-file.ts';
import { childOutput } from './child-output.ts';
import { heapArgument } from './heap.ts';
import type { ForkOptions } from './launch-options.ts';
import type { Launched, Launcher } from './launcher.ts';
import { moduleUrl } from './module-url.ts';
import { moduleValues } from './module-values.ts';
import { childEnvironment, inheritedExecArgv } from './node-arguments.ts';
import { deadChannel } from './dead-channel.ts';
import { drain, Tail, type OutputSink } from './output.ts';
import { dyingWithParent } from './parent-death.ts';
import { processLife } from './process-life.ts';
import { realPath, realUrl, sandboxArguments, sandboxEnvironment } from './sandbox.ts';
import { sharingCode, kindOf, type StdioPart } from './sharing-code.ts';
import { startProcess } from './start-process.ts';
import { stdioChannel } from './stdio-channel.ts';
import { hasVitals } from './vitals.ts';
import { watchModule } from './watch-module.ts';

/**
 * What starts processes that run a module.
 *
 * @param options - As the user gave them; they have been checked one by one.
 * @param lasting - Whether one is started after the other, and the streams the user reads go on.
 * @throws RpcError `INVALID_OPTION`
 */
export function forkLauncher(module: URL | string, options: ForkOptions, lasting: boolean): Launcher {
  const named = moduleUrl('fork()', module);
  const url = options.sandbox === undefined ? named : realUrl(named);
  verifyGuard('fork()', options, options.expose);
  const limits = limitsFrom('fork()', options.limits, options.trust);
  const types = options.types === undefined ? undefined : moduleUrl('fork()', options.types, 'types').href;
  const bootstrap = bootstrapFile('fork()', options.bootstrap);
  const started = options.sandbox === undefined ? bootstrap.file : realPath(bootstrap.file);
  const { channel: kind = 'pipe', execPath = process.execPath, onError = showError } = options;
  // Where handles travel: within the channel, or by an IPC beside it.
  const handles = kind === 'ipc' ? 'within' : options.handles === true ? 'beside' : undefined;
  if (handles !== undefined && options.trust === 'none')
    throw untrusting(
      'fork(): trust',
      "without Node's own IPC, on which one malformed line from the child ends this process: leave channel: 'ipc' and handles out",
    );
  const note: LaunchNote = {
    channel: kind,
    module: url.href,
    path: fileURLToPath(url),
    session: nanoid(),
    loader: options.loader ?? 'auto',
    limits,
    ...(types !== undefined && { types }),
    ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
    ...(options.handles === true && { handles: true }),
    ...(options.watchdog !== undefined && { watchdog: options.watchdog }),
    ...(hasVitals(options) && { vitals: true }),
  };
  const loaded = (): string[] =>
    [...bootstrap.files, fileURLToPath(url), ...(types === undefined ? [] : [fileURLToPath(types)])].map(
      realPath,
    );
  const nodeArguments =
    options.sandbox === undefined
      ? (options.execArgv ?? inheritedExecArgv(process.execArgv))
      : [...sandboxArguments('fork()', options.sandbox, options, loaded()), ...(options.execArgv ?? [])];
  const shared = kindOf(bootstrap, options);
  const output = childOutput(options, lasting, onError);
  const launch = (): Launched => {
    const environment = options.sandbox === undefined ? process.env : sandboxEnvironment(process.env);
    const command = [
      ...dyingWithParent(execPath),
      execPath,
      ...nodeArguments,
      // Behind the others: Node heeds the last.
      ...(options.maxHeapBytes === undefined ? [] : [heapArgument(options.maxHeapBytes)]),
      started,
      ...(options.argv ?? []),
    ];
    const stdio = [...stdioOf(options, kind), ...(handles === 'beside' ? (['ipc'] as const) : [])];
    const child = sharingCode(shared, types === undefined, stdio, (descriptors, code) =>
      startProcess('fork()', command, {
        ...(options.cwd !== undefined && { cwd: options.cwd }),
        env: {
          ...childEnvironment(environment, options.env),
          [noteVariable]: JSON.stringify(code === undefined ? note : { ...note, code }),
        },
        stdio: descriptors,
        serialization: 'advanced',
      }),
    );
    const tail = new Tail();
    const { stdout, stderr } = output.sinks();
    const stderrEnd = drain(child.stderr, stderr, tail);
    if (kind !== 'stdio') void drain(child.stdout, stdout);
    const channel = channelTo(child, kind, limits, stdout);
    return {
      life: processLife(child, tail, stderrEnd),
      channel:
        handles === undefined || child.pid === undefined
          ? channel
          : new HandleChannel(channel, child, limits.queuedBytes, handles === 'beside'),
    };
  };
  return {
    what: url.href,
    limits,
    values: moduleValues('fork()', { ...limits, trust: options.trust }, types),
    ...(handles !== undefined && { carries: { handles: true } }),
    stdout: output.stdout,
    stderr: output.stderr,
    launch,
    watch: (changed, failed) => watchModule(url, changed, failed),
    end: output.end,
  };
}

function stdioOf(options: ForkOptions, kind: 'pipe' | 'ipc' | 'stdio'): StdioPart[] {
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
  limits: Limits,
  stdout: OutputSink,
): Channel {
  // A process that could not be started has no streams; its 'error' event says why.
  if (child.pid === undefined) return deadChannel();
  switch (kind) {
    case 'stdio':
      return stdioChannel(child, limits, stdout);
    case 'ipc':
      return new IpcChannel(child, 'native', limits.messageBytes);
    case 'pipe': {
      const pipe = child.stdio[pipeFd] as unknown as Socket;
      return new ByteChannel(nodeStream(pipe, pipe), limits.messageBytes, limits.frameMs);
    }
  }
}
