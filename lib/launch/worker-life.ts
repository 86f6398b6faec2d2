import type { Worker } from 'node:worker_threads';

import type { ExitReason } from '../errors/errors.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { Life } from './life.ts';
import type { Tail } from './output.ts';
import { soonest } from './soonest.ts';

// With `stderr: 'pipe'` its end comes when the user has read all of it: it is not waited for longer than this.
const stderrDrainMs = 80;

// A thread ends only once the native code it runs has returned: it is not waited for longer than this.
const detachMs = 1000;

/**
 * The life of a worker thread.
 *
 * @param onError - Told of a thread that had to be let go because it does not end.
 */
export function workerLife(
  worker: Worker,
  stderrTail: Tail,
  stderrEnd: Promise<void>,
  onError: (error: unknown) => void,
): Life {
  const name = `worker ${worker.threadId}`;
  let error: Error | undefined;
  let over = false;
  let detach: () => void = () => {};
  let detachTimer: ReturnType<typeof setTimeout> | undefined;
  worker.on('error', (problem: unknown) => {
    error ??= problem instanceof Error ? problem : new Error(`the worker threw ${String(problem)}`);
  });
  const exited = new Promise<ExitReason>((resolve) => {
    detach = (): void => {
      worker.unref();
      resolve({ code: null, signal: null, stderr: stderrTail.text });
      onError(
        new RpcError(
          'CHILD_EXITED',
          `${name} was terminated, but has not ended within ${detachMs} ms: it runs native code, which nothing can ` +
            'interrupt. It is let go, and ends when that code returns. Run such code in a process, with fork()',
        ),
      );
    };
    worker.once('exit', (code) => {
      over = true;
      clearTimeout(detachTimer);
      void soonest(stderrEnd, stderrDrainMs).then(() =>
        resolve({ code, signal: null, stderr: stderrTail.text }),
      );
    });
  });
  const terminate = (): void => {
    // Node listens once more for each time it is told.
    if (over || detachTimer !== undefined) return;
    detachTimer = setTimeout(detach, detachMs);
    void worker.terminate();
  };
  return {
    name,
    get id() {
      return worker.threadId;
    },
    exited,
    get error() {
      return error;
    },
    stop: terminate,
    kill: terminate,
    ref: () => worker.ref(),
    unref: () => worker.unref(),
    // A thread cannot be stopped on its own: one that does not answer is running.
    condition: () => 'running',
  };
}
