import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import type { Contender, Subject } from '../contender.ts';
import type { Reply } from './answer.js';
import { asking } from './asking.ts';
import { readMessages, writeMessage } from './lines.js';

/** Lines of JSON over a socket pair at descriptor 3, one write a call. */
export const rawPipe: Contender = {
  name: 'raw socket pair',
  family: 'raw',
  carrier: 'extra pipe',
  start: async () =>
    startLines('./pipe.child.js', ['ignore', 'inherit', 'inherit', 'pipe'], ({ stdio }) => {
      const socket = stdio[3] as unknown as Socket;
      return [socket, socket];
    }),
};

/** Lines of JSON over stdin and stdout, one write a call. */
export const rawStdio: Contender = {
  name: 'raw stdio lines',
  family: 'raw',
  carrier: 'stdio',
  start: async () =>
    startLines('./stdio.child.js', ['pipe', 'pipe', 'inherit'], ({ stdio }) => [
      stdio[1] as Readable,
      stdio[0] as Writable,
    ]),
};

function startLines(
  module: string,
  stdio: StdioOptions,
  streamsOf: (child: ChildProcess) => [Readable, Writable],
): Subject {
  const child = spawn(process.execPath, [fileURLToPath(new URL(module, import.meta.url))], { stdio });
  const [readable, writable] = streamsOf(child);
  const { subject, replied } = asking((request) => writeMessage(writable, request), stop, {
    bytes: true,
    rich: false,
  });
  readMessages(readable, (reply: Reply) => replied(reply));
  return subject;

  async function stop() {
    const exit = once(child, 'exit');
    writable.end();
    await exit;
  }
}
