import { expect, test } from 'vitest';

import { Tunnel } from '../../lib/session/ports/tunnel.ts';
import { Credit } from '../../lib/session/streams/credit.ts';
import type { StreamPort } from '../../lib/session/streams/stream-port.ts';

test('small messages that wait at a tunnelled port count for more than their text', () => {
  const wire: StreamPort = {
    encode: () => ({ text: '1', form: 0, attachments: [] }),
    encodeThrown: () => ({ text: '1', form: 0, attachments: [] }),
    post: () => {},
    postItem: () => {},
    hasRoomFor: () => true,
    whenRoom: () => {},
    report: () => {},
    waiting: () => {},
    window: { items: 1, bytes: 1 },
  };
  const tunnel = new Tunnel(1, wire, () => {}, 1000, new Credit(0, 0));
  const send = (): void => {
    for (let sent = 0; sent < 10; sent++) tunnel.send(1);
  };
  expect(send).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
});
