import type { ChildProcess, StdioOptions } from 'node:child_process';

import type { CodeFile } from '../connect/launch-note.ts';
import type { Bootstrap } from './bootstrap-file.ts';
import { compiledFile } from './compiled-file.ts';
import type { ForkOptions } from './launch-options.ts';

/** What a process is given at one of its first descriptors. */
export type StdioPart = Extract<StdioOptions, readonly unknown[]>[number];

/**
 * What has to be alike where code is shared, as one text; `undefined` where it cannot be: with another program than
 * this one's, or a start file that knows nothing of it. Options that all children inherit, or that come with a sandbox,
 * are left out: V8 itself looks whether it can use what is there.
 */
export function kindOf(
  { file, sharesCode }: Bootstrap,
  { execPath, execArgv, maxHeapBytes }: Pick<ForkOptions, 'execPath' | 'execArgv' | 'maxHeapBytes'>,
): string | undefined {
  if (!sharesCode || (execPath !== undefined && execPath !== process.execPath)) return undefined;
  return JSON.stringify([file, maxHeapBytes, execArgv]);
}

/**
 * Starts a process that shares what V8 has compiled with others, where it can.
 *
 * @param kind - What those have alike that it shares with; `undefined` where it shares nothing.
 * @param mayFill - Whether it may be the one that fills the file.
 * @param start - Starts it with these descriptors, and tells it where among them the file is, if it is.
 */
export function sharingCode(
  kind: string | undefined,
  mayFill: boolean,
  stdio: readonly StdioPart[],
  start: (stdio: StdioPart[], code: CodeFile | undefined) => ChildProcess,
): ChildProcess {
  const lent = kind === undefined ? undefined : compiledFile.lend(kind, mayFill);
  if (lent === undefined) return start([...stdio], undefined);
  const { bytes } = lent;
  let child: ChildProcess | undefined;
  try {
    child = start([...stdio, lent.fd], { fd: stdio.length, ...(bytes !== undefined && { bytes }) });
    return child;
  } finally {
    lent.given(child);
  }
}
