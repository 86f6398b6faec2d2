import { fileURLToPath } from 'node:url';
import { createSyncFn } from 'synckit';

/** @type {readonly import('../contender.ts').Contender[]} */
export const contenders = [
  {
    name: 'synckit',
    family: 'peer',
    carrier: 'worker port',
    async start() {
      const addBlocking = createSyncFn(fileURLToPath(new URL('./synckit.thread.js', import.meta.url)));
      // Its worker cannot be reached; it does not keep the process alive.
      return { addBlocking, stop: async () => {} };
    },
  },
];
