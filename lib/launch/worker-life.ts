import type { Worker } from 'node:worker_threads';

import type { ExitReason } from '../errors/errors.ts';
import type { Life } from './life.ts';
import type { Tail } from './output.ts';

/** The life of a worker thread. */
export function workerLife(worker: Worker, stderrTail: Tail, stderrEnd: Promise<void>): Life {
  let error: Error | undefined;
  worker.on('error', (problem: unknown) => {
    error ??= problem instanceof Error ? problem : new Error(`the worker threw ${String(problem)}`);
  });
  const exited = new Promise<ExitReason>((resolve) => {
    worker.once('exit', (code) => {
      void stderrEnd.then(() => resolve({ code, signal: null, stderr: stderrTail.text }));
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
