import { noteVariable, type LaunchNote } from '../connect/launch-note.ts';
import { verifyGuard } from '../connect/guard.ts';
import { showError } from '../connect/open-session.ts';
import { checkOptions, listOf, text } from '../errors/check-options.ts';
import { limitsFrom } from '../protocol/limits.ts';
import type { ForkedChild } from './child.ts';
import { spawnChecks, type SpawnOptions } from './launch-options.ts';
import { launchedChild } from './launched-child.ts';
import { childEnvironment } from './node-arguments.ts';
import { drain, outputSink, Tail } from './output.ts';
import { processLife } from './process-life.ts';
import { startProcess } from './start-process.ts';
import { stdioChannel } from './stdio-channel.ts';

/**
 * Starts any program that speaks Portcall's protocol over stdin and stdout, such as a script that calls `expose`, and
 * gives what it exposes as functions of this one.
 *
 * What the program prints to stdout beside the protocol is told apart and goes where `stdout` says.
 *
 * @param command - The program, looked for in PATH where it is a bare name. No shell is involved.
 * @param args - Its arguments.
 * @param options - Environment, output, limits and the like.
 * @throws RpcError `INVALID_OPTION`. Everything else that goes wrong rejects `ready` and the calls with `START_FAILED`.
 *
 * @example
 * ```ts
 * import { spawn } from 'portcall';
 *
 * const tool = spawn<{ version(): string }>(process.execPath, ['tool.js']);
 * console.log(await tool.remote.version());
 * await tool.close();
 * ```
 */
export function spawn<Module>(
  command: string,
  args: readonly string[] = [],
  options: SpawnOptions = {},
): ForkedChild<Module> {
  text('spawn(): command', command);
  listOf(text)('spawn(): args', args);
  checkOptions<SpawnOptions>('spawn()', options, spawnChecks);
  verifyGuard('spawn()', options, options.expose);
  const limits = limitsFrom('spawn()', options.limits);
  const note: LaunchNote = {
    channel: 'stdio',
    limits,
    ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
  };
  const child = startProcess('spawn()', [command, ...args, ...(options.argv ?? [])], {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...childEnvironment(process.env, options.env), [noteVariable]: JSON.stringify(note) },
    stdio: ['pipe', 'pipe', options.stderr === 'ignore' ? 'ignore' : 'pipe'],
  });

  const tail = new Tail();
  const { onError = showError } = options;
  const stderr = outputSink(options.stderr ?? 'inherit', process.stderr, onError);
  const stdout = outputSink(options.stdout ?? 'inherit', process.stdout, onError);
  const life = processLife(child, tail, drain(child.stderr, stderr, tail));
  const channel = stdioChannel(child, limits.messageBytes, stdout);
  const common = launchedChild<Module>(
    {
      life,
      channel,
      what: [command, ...args].join(' '),
      limits,
      stdout: stdout.stream,
      stderr: stderr.stream,
    },
    options,
  );
  return Object.defineProperty(common, 'pid', { value: child.pid, enumerable: true }) as ForkedChild<Module>;
}
