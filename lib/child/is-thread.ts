import { isMainThread } from 'node:worker_threads';

import type { LaunchNote } from '../connect/launch-note.ts';

/**
 * Whether this is a thread of its process and not the process itself. Node is asked only where the note does not tell:
 * a process that was forked need not load all that has to do with threads.
 */
export function isThread({ channel, module }: LaunchNote): boolean {
  return channel === 'port' || (module === undefined && !isMainThread);
}
