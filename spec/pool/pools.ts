// What the specs about pools share: a pool over each kind of member, ended after the spec.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pool, type Pool, type ThreadPoolOptions } from 'portcall';
import { afterEach } from 'vitest';

export const kinds = ['worker', 'fork'] as const;
export type Kind = (typeof kinds)[number];

export type Work = typeof import('../fixtures/pool/work.js');

/** Options of a pool of threads; the specs use only those that pools of both kinds have. */
export type Options = Omit<ThreadPoolOptions, 'kind'>;

const started: Pool<unknown>[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.terminate()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function fixture(name: string): URL {
  return new URL(`../fixtures/pool/${name}`, import.meta.url);
}

/** A pool that runs a fixture; what its members print to stderr is kept out of the output of the specs. */
export function open<Module = Work>(
  kind: Kind,
  options: Options = {},
  module = fixture('work.js'),
): Pool<Module> {
  const made = pool<Module>(module, { kind, stderr: () => {}, ...options });
  started.push(made);
  return made;
}

/** A file that is not there yet. */
export function freshFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portcall-pool-'));
  folders.push(folder);
  return join(folder, 'mark');
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

/** So many numbers from 0. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
