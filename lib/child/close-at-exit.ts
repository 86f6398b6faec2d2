import { closeSync } from 'node:fs';

import { pipeFd, type LaunchNote } from '../connect/launch-note.ts';
import { isThread } from './is-thread.ts';

/**
 * Closes the channel as the very last thing before this process leaves JavaScript. Node can hang from there on: it
 * joins a compiler thread that waits for a garbage collection which never comes (seen on Node 20). The parent then
 * reads the end of the channel and ends this process.
 *
 * `reallyExit` is what `process.exit` calls once all listeners for 'exit' have run, for as long as they like.
 */
export function closeAtExit(note: LaunchNote): void {
  const host = process as unknown as { reallyExit?: (code?: number) => never };
  const { reallyExit } = host;
  if (isThread(note) || typeof reallyExit !== 'function') return;
  host.reallyExit = (code) => {
    const fd = fdOf(note.channel);
    try {
      if (fd !== undefined) closeSync(fd);
    } catch {
      // Closed already: by the module, or because the parent is gone.
    }
    return reallyExit.call(process, code);
  };
}

function fdOf(channel: LaunchNote['channel']): number | undefined {
  switch (channel) {
    case 'pipe':
      return pipeFd;
    case 'stdio':
      return 1;
    case 'ipc':
      return (process.channel as { readonly fd?: number } | null | undefined)?.fd;
    case 'port':
      return undefined;
  }
}
