import { noteVariable, type LaunchNote } from '../connect/launch-note.ts';
import { verifyGuard } from '../connect/guard.ts';
import { sessionValues } from '../connect/session-values.ts';
import { showError } from '../connect/open-session.ts';
import { limitsFrom } from '../protocol/limits.ts';
import { childOutput } from './child-output.ts';
import type { SpawnOptions } from './launch-options.ts';
import type { Launched, Launcher } from './launcher.ts';
import { childEnvironment } from './node-arguments.ts';
import { drain, Tail } from './output.ts';
import { processLife } from './process-life.ts';
import { startProcess } from './start-process.ts';
import { stdioChannel } from './stdio-channel.ts';

/**
 * What starts a program that speaks the protocol over stdin and stdout.
 *
 * @param options - As the user gave them; they have been checked one by one.
 * @param lasting - Whether one is started after the other, and the streams the user reads go on.
 * @throws RpcError `INVALID_OPTION`
 */
export function spawnLauncher(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
  lasting: boolean,
): Launcher {
  verifyGuard('spawn()', options, options.expose);
  const limits = limitsFrom('spawn()', options.limits);
  const values = sessionValues('spawn()', limits, options);
  const note: LaunchNote = {
    channel: 'stdio',
    limits,
    ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
  };
  const output = childOutput(options, lasting, options.onError ?? showError);
  const launch = (): Launched => {
    const child = startProcess('spawn()', [command, ...args, ...(options.argv ?? [])], {
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      env: { ...childEnvironment(process.env, options.env), [noteVariable]: JSON.stringify(note) },
      stdio: ['pipe', 'pipe', options.stderr === 'ignore' ? 'ignore' : 'pipe'],
    });
    const tail = new Tail();
    const { stdout, stderr } = output.sinks();
    return {
      life: processLife(child, tail, drain(child.stderr, stderr, tail)),
      channel: stdioChannel(child, limits.messageBytes, stdout),
    };
  };
  const { stdout, stderr, end } = output;
  return { what: [command, ...args].join(' '), limits, values, stdout, stderr, launch, end };
}
