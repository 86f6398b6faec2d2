import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  PortMessageReader,
  PortMessageWriter,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';

/** @type {readonly import('../contender.ts').Contender[]} */
export const contenders = [
  {
    name: 'vscode-jsonrpc thread',
    family: 'peer',
    carrier: 'worker port',
    async start() {
      const worker = new Worker(new URL('./vscode-jsonrpc.thread.js', import.meta.url));
      const connection = createMessageConnection(
        new PortMessageReader(worker),
        new PortMessageWriter(worker),
      );
      const subject = subjectOver(connection, async () => void (await worker.terminate()));
      return { ...subject, echoBytes: subject.echo, echoRich: subject.echo };
    },
  },
  {
    name: 'vscode-jsonrpc fork',
    family: 'peer',
    carrier: 'fork IPC',
    async start() {
      const child = fork(fileURLToPath(new URL('./vscode-jsonrpc.fork.js', import.meta.url)));
      const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
      return subjectOver(connection, () => {
        const exit = once(child, 'exit');
        child.disconnect();
        return exit;
      });
    },
  },
  {
    name: 'vscode-jsonrpc stdio',
    family: 'peer',
    carrier: 'stdio',
    async start() {
      const script = fileURLToPath(new URL('./vscode-jsonrpc.stdio.js', import.meta.url));
      const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
      const connection = createMessageConnection(
        new StreamMessageReader(child.stdout),
        new StreamMessageWriter(child.stdin),
      );
      return subjectOver(connection, () => {
        const exit = once(child, 'exit');
        child.stdin.end();
        return exit;
      });
    },
  },
];

function subjectOver(connection, stop) {
  connection.listen();
  return {
    add: (a, b) => connection.sendRequest('add', a, b),
    echo: (value) => connection.sendRequest('echo', value),
    async stop() {
      connection.dispose();
      await stop();
    },
  };
}
