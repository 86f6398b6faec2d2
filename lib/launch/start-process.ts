import { ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { statSync } from 'node:fs';

import { RpcError } from '../errors/rpc-error.ts';

/**
 * Starts a process. Where the system refuses, that comes as the process's 'error' event, whichever way Node reports
 * it.
 *
 * @param where - The function that was called, for the message of an error.
 * @throws RpcError `INVALID_OPTION` where Node does not take what it is given
 */
export function startProcess(where: string, command: readonly string[], options: SpawnOptions): ChildProcess {
  const [program = '', ...args] = command;
  try {
    // Node would say ENOENT of the program, which is there.
    if (typeof options.cwd === 'string' && !isDirectory(options.cwd)) {
      return failed(new Error(`cwd is ${JSON.stringify(options.cwd)}, and there is no such directory`));
    }
    return spawn(program, args, options);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return failed(error);
    const problem = error instanceof Error ? error.message : String(error);
    throw new RpcError('INVALID_OPTION', `${where}: Node does not take this: ${problem}`, { cause: error });
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** A process that was never there. */
function failed(error: Error): ChildProcess {
  const child = new ChildProcess();
  process.nextTick(() => child.emit('error', error));
  return child;
}
