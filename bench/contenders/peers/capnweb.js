import { Worker } from 'node:worker_threads';
import { newMessagePortRpcSession } from 'capnweb';

/** @type {readonly import('../contender.ts').Contender[]} */
export const contenders = [
  {
    name: 'capnweb',
    family: 'peer',
    carrier: 'worker port',
    async start() {
      const { port1, port2 } = new MessageChannel();
      const worker = new Worker(new URL('./capnweb.thread.js', import.meta.url), {
        workerData: port2,
        transferList: [port2],
      });
      const remote = newMessagePortRpcSession(port1);
      return {
        add: (a, b) => remote.add(a, b),
        echo: (value) => remote.echo(value),
        echoBytes: (bytes) => remote.echo(bytes),
        // No Map, no Set and no cycles.
        async readItems(count) {
          let read = 0;
          for await (const _item of await remote.items(count)) read++;
          return read;
        },
        async readChunks(count, sizeBytes) {
          let read = 0;
          for await (const chunk of await remote.chunks(count, sizeBytes)) read += chunk.byteLength;
          return read;
        },
        async stop() {
          port1.close();
          await worker.terminate();
        },
      };
    },
  },
];
