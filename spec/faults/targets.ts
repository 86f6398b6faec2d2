import { fork, worker, type Child, type ModuleOptions } from 'portcall';
import { afterEach } from 'vitest';

export type Target = typeof import('../fixtures/faults/target.js');

export const target = new URL('../fixtures/faults/target.js', import.meta.url);

/** Each thing that calls to a child can travel over. */
export const overEach = ['pipe', 'ipc', 'stdio', 'worker'] as const;
export type Over = (typeof overEach)[number];

const started: Child<unknown>[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((child) => child.terminate()));
});

/** A child that is ended after its spec. */
export function targetOver(over: Over, options: ModuleOptions = {}): Child<Target> {
  const child =
    over === 'worker' ? worker<Target>(target, options) : fork<Target>(target, { channel: over, ...options });
  started.push(child);
  return child;
}

/** What became of a promise, which this never rejects with. */
export function outcome(promise: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(promise).then(
    (value) => ({ value }),
    (error: unknown) => error,
  );
}
