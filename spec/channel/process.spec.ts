import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';

import type { Channel } from '../../lib/channel/channel.ts';
import { stdioChannel } from '../../lib/launch/stdio-channel.ts';
import type { ChannelPair } from '../../lib/testing/testing.ts';
import { ByteChannel } from '../../lib/transports/byte-channel.ts';
import { IpcChannel } from '../../lib/transports/ipc-channel.ts';
import { defaultLimits } from '../../lib/protocol/limits.ts';
import { nodeStream } from '../../lib/transports/node-stream.ts';
import { farProcess, type ProcessKind } from './far-process.ts';
import { messageBytes, runSuite, type Direction } from './run-suite.ts';

const nearEnds: Record<ProcessKind, (child: ChildProcess) => Channel> = {
  pipe: (child) => {
    const pipe = child.stdio[3] as Socket;
    return new ByteChannel(nodeStream(pipe, pipe), messageBytes);
  },
  ipc: (child) => new IpcChannel(child, 'native', messageBytes),
  'ipc-base64': (child) => new IpcChannel(child, 'base64', messageBytes),
  stdio: (child) =>
    stdioChannel(child, { ...defaultLimits, messageBytes }, { push: () => {}, end: () => {} }),
};

runSuite('an extra pipe to a process', (direction) => pairOf('pipe', direction));
runSuite('fork IPC to a process', (direction) => pairOf('ipc', direction));
runSuite('fork IPC that carries text only', (direction) => pairOf('ipc-base64', direction));
runSuite('stdin and stdout of a process that prints noise', (direction) => pairOf('stdio', direction));

describe('stdin and stdout of a process', () => {
  test('hand over the noise between segments', async () => {
    const noise: string[] = [];
    const { near, far, dispose } = farProcess('stdio', (child) =>
      stdioChannel(
        child,
        { ...defaultLimits, messageBytes },
        {
          push: (bytes) => void noise.push(bytes.toString()),
          end: () => void noise.push('(end)'),
        },
      ),
    );
    const arrived: string[] = [];
    const closed = new Promise((resolve) => {
      near.open({ received: (text) => void arrived.push(text), drained: () => {}, closed: resolve });
    });
    far.open({ received: () => {}, drained: () => {}, closed: () => {} });
    far.send('"one"');
    far.send('"two"');
    await far.close();
    await closed;
    await dispose();
    expect(arrived).toEqual(['"one"', '"two"']);
    expect(noise.join('')).toMatch(/^(noise ){6,}\(end\)$/);
  });
});

function pairOf(kind: ProcessKind, direction: Direction): ChannelPair {
  const { child, near, far, stallFar, dispose } = farProcess(kind, nearEnds[kind]);
  const common = { messageBytes, dispose, caughtUp: () => far.caughtUp() };
  if (direction === 'from here') return { here: near, there: far, stall: stallFar, ...common };
  // Node reads the IPC of a child whether anybody listens or not.
  const reads = kind === 'ipc' || kind === 'ipc-base64';
  return { here: far, there: near, ...common, ...(reads && { stall: () => stopReading(child) }) };
}

/** Stops Node from reading the IPC of a child, which nothing that it offers does. */
function stopReading(child: ChildProcess): () => void {
  const symbol = Object.getOwnPropertySymbols(child).find((key) => key.description === 'kChannelHandle');
  const handle = Reflect.get(child, symbol ?? '') as { readStop(): void; readStart(): void };
  handle.readStop();
  return () => handle.readStart();
}
