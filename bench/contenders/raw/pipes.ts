import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import type { Contender, Subject } from '../contender.ts';
import { readLines, writeLine } from './lines.js';
import { pendingCalls, type Reply } from './pending.ts';

/** Lines of JSON over a socket pair at descriptor 3, one write a call. */
export const rawPipe: Contender = {
  name: 'raw lines',
  carrier: 'extra pipe',
  start: () =>
    startLines('./pipe.child.js', ['ignore', 'inherit', 'inherit', 'pipe'], ({ stdio }) => {
      const socket = stdio[3] as unknown as Socket;
      return [socket, socket];
    }),
};

/** Lines of JSON over stdin and stdout, one write a call. */
export const rawStdio: Contender = {
  name: 'raw lines on stdio',
  carrier: 'stdio',
  start: () =>
    startLines('./stdio.child.js', ['pipe', 'pipe', 'inherit'], ({ stdio }) => [
      stdio[1] as Readable,
      stdio[0] as Writable,
    ]),
};

async function startLines(
  module: string,
  stdio: StdioOptions,
  streamsOf: (child: ReturnType<typeof spawn>) => [Readable, Writable],
): Promise<Subject> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(module, import.meta.url))], { stdio });
  const [readable, writable] = streamsOf(child);
  const calls = pendingCalls((request) => writeLine(writable, request));
  readLines(readable, (reply: Reply) => calls.replied(reply));
  await once(child, 'spawn');
  return {
    add: calls.add,
    async stop() {
      const exit = once(child, 'exit');
      writable.end();
      await exit;
    },
  };
}
