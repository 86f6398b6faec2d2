// What the specs about restarts share: a child that counts its starts in a file.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Child, ModuleOptions } from 'portcall';
import { onTestFinished } from 'vitest';

import { fixture, start, type AnyChannel } from '../launch/children.ts';

type Counted = typeof import('../fixtures/lives/counted.js');

export interface CountedChild {
  readonly child: Child<Counted>;
  /** How often it has been started so far. */
  readonly starts: () => number;
}

/**
 * @param failsFrom - The first start that fails.
 * @param failsBelow - The first that does not any more.
 */
export function counted(
  channel: AnyChannel,
  options: ModuleOptions,
  failsFrom = 0,
  failsBelow = 0,
): CountedChild {
  const folder = mkdtempSync(join(tmpdir(), 'portcall-starts-'));
  const file = join(folder, 'starts');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const argv = [file, `${failsFrom}`, `${failsBelow}`];
  return {
    child: start<Counted>(channel, { argv, ...options }, fixture('counted.js')),
    starts: () => readFileSync(file, 'utf8').length,
  };
}
