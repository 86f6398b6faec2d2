import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { Channel } from '../../lib/channel/channel.ts';
import { Mirror } from './mirror.ts';
import { messageBytes } from './run-suite.ts';

const fixture = fileURLToPath(new URL('../fixtures/channels/far-process.js', import.meta.url));

/** How the far end in a process is reached. */
export type ProcessKind = 'pipe' | 'ipc' | 'ipc-base64' | 'stdio';

/** A channel of which one end is here and the other in a process. */
export interface FarProcess {
  readonly child: ChildProcess;
  readonly near: Channel;
  readonly far: Mirror;
  /** Stops the process; the function given lets it go on. */
  readonly stallFar: () => Promise<() => void>;
  /** Ends the process, which must then have nothing left to do. */
  readonly dispose: () => Promise<void>;
}

/**
 * Starts the process.
 *
 * @param near - Makes this side's end.
 */
export function farProcess(kind: ProcessKind, near: (child: ChildProcess) => Channel): FarProcess {
  const child = spawn(process.execPath, [fixture, kind, String(messageBytes)], {
    stdio: stdio[kind],
    serialization: kind === 'ipc' ? 'advanced' : 'json',
  });
  const control = child.stdio[4] as Socket;
  const far = new Mirror((command) => {
    if (control.writable) control.write(`${JSON.stringify(command)}\n`);
  });
  createInterface({ input: control, crlfDelay: Infinity })
    .on('line', (line) => far.reported(JSON.parse(line) as Parameters<Mirror['reported']>[0]))
    // Writing to a process that has just ended is no fault of the channel.
    .on('error', () => {});
  child.once('exit', () => far.gone());
  return {
    child,
    near: near(child),
    far,
    stallFar: async () => {
      await far.caughtUp();
      child.kill('SIGSTOP');
      return () => void child.kill('SIGCONT');
    },
    dispose: async () => {
      child.kill('SIGCONT');
      control.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      clearTimeout(timer);
      const { exitCode, signalCode } = child;
      if (exitCode !== 0) {
        throw new Error(
          `the far process did not end by itself once its channel was closed: ${exitCode ?? signalCode}`,
        );
      }
      if (far.faults.length > 0) throw new Error(far.faults[0]);
    },
  };
}

const stdio: Record<ProcessKind, StdioOptions> = {
  pipe: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'],
  ipc: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
  'ipc-base64': ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
  stdio: ['pipe', 'pipe', 'inherit', 'ignore', 'pipe'],
};
