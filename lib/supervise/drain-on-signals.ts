import type { ChildCore } from '../launch/child-core.ts';

const signals = ['SIGTERM', 'SIGINT'] as const;

/** What is closed: a child, or many. */
export interface Ending extends Pick<ChildCore, 'close' | 'terminate'> {
  /** Fulfils when it has ended, however it did. */
  readonly exited: Promise<unknown>;
}

/**
 * Closes a child when this process is asked to end, and then lets it end as it would have. The second signal
 * terminates the child.
 */
export function drainOnSignals(child: Ending): void {
  let asked = false;
  const stop = (signal: NodeJS.Signals): void => {
    const ended = asked ? child.terminate() : child.close();
    const first = !asked;
    asked = true;
    if (first) void ended.then(() => resume(signal));
  };
  const resume = (signal: NodeJS.Signals): void => {
    unlisten();
    // Whoever else listens, the other children for one, decides when this process ends.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const unlisten = (): void => {
    for (const name of signals) process.off(name, stop);
    expectListeners(-1);
  };
  expectListeners(1);
  for (const name of signals) process.on(name, stop);
  void child.exited.then(() => {
    if (!asked) unlisten();
  });
}

/** One listener for each child is no leak, however many there are. */
function expectListeners(more: number): void {
  const most = process.getMaxListeners();
  // 0 stands for any number.
  if (most > 0) process.setMaxListeners(most + more);
}
