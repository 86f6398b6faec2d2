import type { ChildProcess, StdioOptions } from 'node:child_process';

import type { CodeFile } from '../connect/launch-note.ts';
import { compiledFile } from './compiled-file.ts';
import type { ForkOptions } from './launch-options.ts';

/** What a process is given at one of its first descriptors. */
export type StdioPart = Extract<StdioOptions, readonly unknown[]>[number];

/**
 * What is said to V8 when a child is started, as one text; `undefined` for another program than this one's. What all
 * of them are told alike, or only some of a sandbox, is left out: V8 itself looks whether it can use what is there.
 */
export function toldToV8({
  execPath,
  execArgv,
  maxHeapBytes,
}: Pick<ForkOptions, 'execPath' | 'execArgv' | 'maxHeapBytes'>): string | undefined {
  if (execPath !== undefined && execPath !== process.execPath) return undefined;
  return JSON.stringify([maxHeapBytes, execArgv]);
}

/**
 * Starts a process that shares what V8 has compiled with others, where it can.
 *
 * @param told - What its V8 is told; `undefined` where it shares nothing.
 * @param mayFill - Whether it may be the one that fills the file.
 * @param start - Starts it with these descriptors, and tells it where among them the file is, if it is.
 */
export function sharingCode(
  told: string | undefined,
  mayFill: boolean,
  stdio: readonly StdioPart[],
  start: (stdio: StdioPart[], code: CodeFile | undefined) => ChildProcess,
): ChildProcess {
  const lent = told === undefined ? undefined : compiledFile.lend(told, mayFill);
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
