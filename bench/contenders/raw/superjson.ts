import { Worker } from 'node:worker_threads';

import { parse, stringify } from 'superjson';

import type { Contender } from '../contender.ts';
import type { Reply } from './answer.js';
import { asking } from './asking.ts';

/** Text by superjson over `postMessage`: what others do about values that JSON cannot say. */
export const superjsonOnPort: Contender = {
  name: 'superjson on postMessage',
  family: 'raw',
  carrier: 'worker port',
  async start() {
    const worker = new Worker(new URL('./superjson.child.js', import.meta.url), { execArgv: [] });
    const { subject, replied } = asking(
      ([id, , value]) => worker.postMessage([id, stringify(value)]),
      async () => void (await worker.terminate()),
      { bytes: false, rich: true },
    );
    worker.on('message', ([id, text]: readonly [number, string]) =>
      replied([id, parse(text)] satisfies Reply),
    );
    const { echoRich, stop } = subject;
    return { ...(echoRich && { echoRich }), stop };
  },
};
