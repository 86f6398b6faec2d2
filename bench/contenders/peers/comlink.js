import { Worker } from 'node:worker_threads';
import { releaseProxy, wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';

/** @type {readonly import('../contender.ts').Contender[]} */
export const contenders = [
  {
    name: 'comlink',
    family: 'peer',
    carrier: 'worker port',
    async start() {
      const worker = new Worker(new URL('./comlink.thread.js', import.meta.url));
      const remote = wrap(nodeEndpoint(worker));
      return {
        add: (a, b) => remote.add(a, b),
        echo: (value) => remote.echo(value),
        echoBytes: (bytes) => remote.echo(bytes),
        echoRich: (value) => remote.echo(value),
        async stop() {
          remote[releaseProxy]();
          await worker.terminate();
        },
      };
    },
  },
];
