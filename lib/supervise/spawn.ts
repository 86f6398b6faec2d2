import { checkOptions, listOf, text } from '../errors/check-options.ts';
import type { ForkedChild } from '../launch/child.ts';
import { forkedChild } from '../launch/dressed-child.ts';
import { spawnChecks, type SpawnOptions } from '../launch/launch-options.ts';
import { spawnLauncher } from '../launch/spawn.ts';
import { isLasting, startChild } from './start-child.ts';

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
  return forkedChild(startChild(spawnLauncher(command, args, options, isLasting(options)), options));
}
