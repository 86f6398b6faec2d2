// Scripts that the specs run as processes of their own, to see how they end.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

import { fixture } from './children.ts';

/** How a script ended, and what it printed. */
interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A script that runs. */
export interface Script {
  readonly process: ChildProcess;
  /** Fulfils with each line it prints, in order; rejects once there are no more. */
  nextLine(): Promise<string>;
  readonly ended: Promise<Ended>;
}

const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) {
    // A script that leads a process group takes the group along.
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      child.kill('SIGKILL');
    }
  }
});

/** Runs a fixture as a script. */
export function script(
  name: string,
  args: readonly string[] = [],
  options: { execArgv?: readonly string[]; env?: NodeJS.ProcessEnv; detached?: boolean } = {},
): Script {
  const { execArgv = [], env = {}, detached = false } = options;
  const child = spawn(process.execPath, [...execArgv, fileURLToPath(fixture(name)), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    detached,
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return { code: code as number | null, signal: signal as string | null, stdout, stderr };
  });
  return {
    process: child,
    nextLine: async () => {
      const { value, done } = await lines.next();
      if (done === true)
        throw new Error(`the script printed no further line; to stderr it printed ${stderr}`);
      return value;
    },
    ended,
  };
}
