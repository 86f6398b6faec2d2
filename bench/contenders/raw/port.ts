import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { Contender } from '../contender.ts';
import { pendingCalls, type Reply } from './pending.ts';

/** `postMessage` to a worker, one message a call. */
export const rawPort: Contender = {
  name: 'raw postMessage',
  carrier: 'worker port',
  async start() {
    const worker = new Worker(new URL('./port.child.js', import.meta.url), { execArgv: [] });
    const calls = pendingCalls((request) => worker.postMessage(request));
    worker.on('message', (reply: Reply) => calls.replied(reply));
    await once(worker, 'online');
    return { add: calls.add, stop: async () => void (await worker.terminate()) };
  },
};
