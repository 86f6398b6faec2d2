import { EventEmitter } from 'node:events';
import { spawn, Thread, Worker } from 'threads';

// It has a listener for each call, and Node would warn of them.
EventEmitter.defaultMaxListeners = 0;

/** @type {readonly import('../contender.ts').Contender[]} */
export const contenders = [
  {
    name: 'threads',
    family: 'peer',
    carrier: 'worker port',
    async start() {
      const remote = await spawn(new Worker('./threads.thread.js'));
      const read = (observable, weigh) =>
        new Promise((resolve, reject) => {
          let total = 0;
          observable.subscribe(
            (item) => {
              total += weigh(item);
            },
            reject,
            () => resolve(total),
          );
        });
      return {
        add: (a, b) => remote.add(a, b),
        echo: (value) => remote.echo(value),
        echoBytes: (bytes) => remote.echo(bytes),
        echoRich: (value) => remote.echo(value),
        readItems: (count) => read(remote.items(count), () => 1),
        readChunks: (count, sizeBytes) => read(remote.chunks(count, sizeBytes), (chunk) => chunk.byteLength),
        stop: () => Thread.terminate(remote),
      };
    },
  },
];
