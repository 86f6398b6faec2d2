import type { Worker } from 'node:worker_threads';

import type { ExitReason } from '../errors/errors.ts';
import type { Life } from './life.ts';
import type { Tail } from './output.ts';
import { soonest } from './soonest.ts';

// With `stderr: 'pipe'` its end comes when the user has read all of it: it is not waited for longer than this.
const stderrDrainMs = 80;

/** The life of a worker thread. */
export function workerLife(worker: Worker, stderrTail: Tail, stderrEnd: Promise<void>): Life {
  let error: Error | undefined;
  worker.on('error', (problem: unknown) => {
    error ??= problem instanceof Error ? problem : new Error(`the worker threw ${String(problem)}`);
  });
  const exited = new Promise<ExitReason>((resolve) => {
    worker.once('exit', (code) => {
      void soonest(stderrEnd, stderrDrainMs).then(() =>
        resolve({ code, signal: null, stderr: stderrTail.text }),
      );
    });
  });
  return {
    name: `worker ${worker.threadId}`,
    exited,
    get error() {
      return error;
    },
    stop: () => void worker.terminate(),
    kill: () => void worker.terminate(),
    ref: () => worker.ref(),
    unref: () => worker.unref(),
    // A thread cannot be stopped on its own: one that does not answer is running.
    condition: () => 'running',
  };
}
