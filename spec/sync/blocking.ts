// What the specs about blocking calls share.
import { worker, type RpcError, type WorkerChild, type WorkerOptions } from 'portcall';

import { tracked } from '../launch/children.ts';

export type Work = typeof import('../fixtures/sync/work.js');

/** A worker that runs a fixture. */
export function blocking<Module = Work>(options: WorkerOptions = {}, name = 'work.js'): WorkerChild<Module> {
  const module = new URL(`../fixtures/sync/${name}`, import.meta.url);
  return tracked(worker<Module>(module, { stderr: () => {}, ...options }));
}

/** What a call throws. */
export function thrownBy(run: () => unknown): unknown {
  let value: unknown;
  try {
    value = run();
  } catch (error) {
    return error;
  }
  throw new Error(`returned ${String(value)}`);
}

export const errorOf = (run: () => unknown): RpcError => thrownBy(run) as RpcError;
