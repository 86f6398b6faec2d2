import { Worker } from 'node:worker_threads';

import type { Contender } from '../contender.ts';
import type { Reply } from './answer.js';
import { asking } from './asking.ts';

/** `postMessage` to a worker, one message a call. */
export const rawPort: Contender = {
  name: 'raw postMessage',
  family: 'raw',
  carrier: 'worker port',
  async start() {
    const worker = new Worker(new URL('./port.child.js', import.meta.url), { execArgv: [] });
    const { subject, replied } = asking(
      (request) => worker.postMessage(request),
      async () => void (await worker.terminate()),
      { bytes: true, rich: true },
    );
    worker.on('message', (reply: Reply) => replied(reply));
    return subject;
  },
};
