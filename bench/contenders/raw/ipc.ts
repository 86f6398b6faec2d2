import { fork, type SerializationType } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { Contender } from '../contender.ts';
import type { Reply } from './answer.js';
import { asking } from './asking.ts';

/** `process.send`, one message a call: in its default mode and in the one that carries bytes. */
export const rawIpc: readonly Contender[] = (['json', 'advanced'] as const).map((serialization) => ({
  name: `raw process.send ${serialization}`,
  family: 'raw',
  carrier: 'fork IPC',
  start: () => start(serialization),
}));

async function start(serialization: SerializationType) {
  const child = fork(fileURLToPath(new URL('./ipc.child.js', import.meta.url)), {
    execArgv: [],
    serialization,
  });
  const cloned = serialization === 'advanced';
  const { subject, replied } = asking((request) => child.send(request), stop, {
    bytes: cloned,
    rich: cloned,
  });
  child.on('message', (reply) => replied(reply as unknown as Reply));
  return subject;

  async function stop() {
    const exit = once(child, 'exit');
    child.disconnect();
    await exit;
  }
}
