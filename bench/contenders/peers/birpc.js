import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { createBirpc } from 'birpc';

/** @type {readonly import('../contender.ts').Contender[]} */
export const contenders = [
  {
    name: 'birpc thread',
    family: 'peer',
    carrier: 'worker port',
    async start() {
      const worker = new Worker(new URL('./birpc.thread.js', import.meta.url));
      const rpc = createBirpc(
        {},
        { post: (data) => worker.postMessage(data), on: (receive) => void worker.on('message', receive) },
      );
      return {
        add: (a, b) => rpc.add(a, b),
        echo: (value) => rpc.echo(value),
        echoBytes: (bytes) => rpc.echo(bytes),
        echoRich: (value) => rpc.echo(value),
        async stop() {
          rpc.$close();
          await worker.terminate();
        },
      };
    },
  },
  {
    name: 'birpc fork',
    family: 'peer',
    carrier: 'fork IPC',
    async start() {
      const child = fork(fileURLToPath(new URL('./birpc.fork.js', import.meta.url)));
      const rpc = createBirpc(
        {},
        { post: (data) => child.send(data), on: (receive) => void child.on('message', receive) },
      );
      return {
        add: (a, b) => rpc.add(a, b),
        echo: (value) => rpc.echo(value),
        async stop() {
          rpc.$close();
          const exit = once(child, 'exit');
          child.disconnect();
          await exit;
        },
      };
    },
  },
];
