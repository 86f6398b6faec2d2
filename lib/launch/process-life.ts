import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

import type { ExitReason } from '../errors/errors.ts';
import type { Life } from './life.ts';
import type { Tail } from './output.ts';
import { soonest } from './soonest.ts';

// Stderr can be held open by a grandchild for as long as that lives: its tail is not waited for longer than this.
const stderrDrainMs = 80;

/** The life of a child process. */
export function processLife(child: ChildProcess, stderrTail: Tail, stderrEnd: Promise<void>): Life {
  let error: Error | undefined;
  // What a child prints never keeps this process alive; the child itself does, while it is needed.
  for (const stream of [child.stdout, child.stderr]) (stream as Socket | null)?.unref();
  const exited = new Promise<ExitReason>((resolve) => {
    const over = (code: number | null, signal: string | null): void => {
      void soonest(stderrEnd, stderrDrainMs).then(() => resolve({ code, signal, stderr: stderrTail.text }));
    };
    child.once('exit', over);
    child.on('error', (problem) => {
      error ??= problem;
      // It was never started, and no exit will follow.
      if (child.pid === undefined) over(null, null);
    });
  });
  return {
    name: `process ${child.pid ?? '(not started)'}`,
    id: child.pid,
    exited,
    get error() {
      return error;
    },
    stop: () => void child.kill('SIGTERM'),
    kill: () => void child.kill('SIGKILL'),
    ref: () => child.ref(),
    unref: () => child.unref(),
    condition: () => conditionOf(child.pid),
  };
}

/** What Linux says of a process: the letter behind its name in `/proc/<pid>/stat`. */
function conditionOf(pid: number | undefined): 'running' | 'stopped' | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const state = stat.charAt(stat.lastIndexOf(')') + 2);
    return state === 'T' || state === 't' ? 'stopped' : 'running';
  } catch {
    return undefined;
  }
}
