import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { Contender } from '../contender.ts';
import { pendingCalls, type Reply } from './pending.ts';

/** `process.send` in its default mode, JSON, one message a call. */
export const rawIpc: Contender = {
  name: 'raw process.send',
  carrier: 'fork IPC',
  async start() {
    const child = fork(fileURLToPath(new URL('./ipc.child.js', import.meta.url)), { execArgv: [] });
    const calls = pendingCalls((request) => child.send(request));
    child.on('message', (reply) => calls.replied(reply as unknown as Reply));
    await once(child, 'spawn');
    return {
      add: calls.add,
      async stop() {
        child.disconnect();
        await once(child, 'exit');
      },
    };
  },
};
