// What the specs about the lives of children share: a way to start one over each channel, and to see it gone.
import { existsSync, readFileSync } from 'node:fs';
import { fork, worker, type Child, type ModuleOptions } from 'portcall';
import { afterEach, vi } from 'vitest';

export const processChannels = ['pipe', 'ipc', 'stdio'] as const;
export const channels = [...processChannels, 'worker'] as const;
export type AnyChannel = (typeof channels)[number];

/** The module that most specs run. */
export type Plain = typeof import('../fixtures/lives/plain.js');

const started: Child<unknown>[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((child) => child.terminate()));
});

export function fixture(name: string): URL {
  return new URL(`../fixtures/lives/${name}`, import.meta.url);
}

/** Has a child ended after the spec, whatever became of that. */
export function tracked<C extends Child<unknown>>(child: C): C {
  started.push(child);
  return child;
}

/** A child that runs a fixture; what it prints to stderr is kept out of the output of the specs. */
export function start<Module = Plain>(
  channel: AnyChannel,
  options: ModuleOptions = {},
  module: URL | string = fixture('plain.js'),
): Child<Module> {
  const all = { stderr: () => {}, ...options };
  return tracked(
    channel === 'worker' ? worker<Module>(module, all) : fork<Module>(module, { channel, ...all }),
  );
}

/** What a promise was rejected with. */
export function failureOf(promise: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(promise).then(
    (value) => {
      throw new Error(`fulfilled with ${String(value)}`);
    },
    (error: unknown) => error,
  );
}

/** Fulfils once no process has this id, or only its entry is left, which its new parent has not collected. */
export async function gone(pid: number): Promise<void> {
  await vi.waitFor(
    () => {
      if (isRunning(pid)) throw new Error(`process ${pid} still runs`);
    },
    { timeout: 10_000, interval: 20 },
  );
}

function isRunning(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  try {
    if (existsSync('/proc/self/stat')) return !/\) [ZX] /.test(readFileSync(file, 'utf8'));
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Keeps this thread from doing anything at all. */
export function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Fulfils once the event loop has turned, so that what was written has been handed to the system. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
