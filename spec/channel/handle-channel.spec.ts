import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';

import type { Channel, Receiver } from '../../lib/channel/channel.ts';
import { HandleChannel } from '../../lib/transports/handle-channel.ts';

const mib = 1024 * 1024;

// A peer that announces a handle and never passes it cannot be had from a real one.
test('what waits behind a handle that never comes is bounded', () => {
  let receiver: Receiver | undefined;
  const ended: unknown[] = [];
  const inner: Channel = {
    open: (given) => void (receiver = given),
    send: () => true,
    close: async () => {},
    destroy: (reason) => void ended.push(reason),
  };
  const endpoint = Object.assign(new EventEmitter(), { connected: true });
  const received: string[] = [];
  new HandleChannel(inner, endpoint, 8 * mib, false).open({
    received: (text) => received.push(text),
    drained: () => {},
    closed: () => {},
  });
  // What comes with the handle is bounded as any message is.
  receiver!.received('#[[0,7]]\n[[1,1,0,[]]]', [new Uint8Array(16 * mib)]);
  const bytes = new Uint8Array(mib);
  for (let sent = 0; sent < 7; sent++) receiver!.received('[[9,1]]', [bytes]);
  expect(ended).toEqual([]);
  receiver!.received('[[9,1]]', [bytes]);
  expect(ended).toEqual([
    expect.objectContaining({
      code: 'PROTOCOL_ERROR',
      message: expect.stringContaining('limits.queuedBytes'),
    }),
  ]);
  receiver!.received('[[9,2]]', []);
  expect(received).toEqual([]);
});
