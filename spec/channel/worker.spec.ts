import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';

import type { ChannelPair } from '../../lib/testing/testing.ts';
import { PortChannel } from '../../lib/transports/port-channel.ts';
import { openChannel } from '../../lib/connect/open-channel.ts';
import { defaultLimits } from '../../lib/protocol/limits.ts';
import { Mirror } from './mirror.ts';
import { messageBytes, runSuite, type Direction } from './run-suite.ts';

runSuite('a port to a worker', (direction) => pairOf('own port', direction));
runSuite('a Worker, and parentPort in it', (direction) => pairOf('parent port', direction));

async function pairOf(kind: 'own port' | 'parent port', direction: Direction): Promise<ChannelPair> {
  const control = new MessageChannel();
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const own = kind === 'own port' ? new MessageChannel() : undefined;
  const worker = new Worker(new URL('../fixtures/channels/far-worker.js', import.meta.url), {
    workerData: { control: control.port2, gate, messageBytes, ...(own && { port: own.port2 }) },
    transferList: [control.port2, ...(own ? [own.port2] : [])],
  });
  const near =
    own === undefined
      ? openChannel('spec', worker, { ...defaultLimits, messageBytes })
      : new PortChannel(own.port1, messageBytes);
  const far = new Mirror((command) => control.port1.postMessage(command));
  const stalled: (() => void)[] = [];
  control.port1.on('message', (message: 'stalled' | Parameters<Mirror['reported']>[0]) => {
    if (message === 'stalled') stalled.shift()?.();
    else far.reported(message);
  });
  const exited = once(worker, 'exit').then(() => far.gone());
  const dispose = async (): Promise<void> => {
    resume();
    control.port1.postMessage('end');
    const timer = setTimeout(() => void worker.terminate(), 10_000);
    await exited;
    clearTimeout(timer);
    if (far.faults.length > 0) throw new Error(far.faults[0]);
  };
  const resume = (): void => {
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
  };
  const stall = async (): Promise<() => void> => {
    const reached = new Promise<void>((resolve) => stalled.push(resolve));
    control.port1.postMessage('stall');
    await reached;
    return resume;
  };
  // Node tells a worker that is still starting nothing of the end of a port that it has been given.
  await far.caughtUp();
  const common = { messageBytes, dispose, caughtUp: () => far.caughtUp() };
  return direction === 'from here'
    ? { here: near, there: far, stall, ...common }
    : { here: far, there: near, ...common };
}
