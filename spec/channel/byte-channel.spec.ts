import { expect, test } from 'vitest';

import { ByteChannel } from '../../lib/transports/byte-channel.ts';
import type { ByteStream } from '../../lib/transports/byte-stream.ts';

test('what waits behind a write is written at the exit of the process, after close() as well', () => {
  const written: Uint8Array[] = [];
  const stream: ByteStream = {
    start: () => {},
    write: () => false,
    writeSync: (chunks) => void written.push(...chunks),
    end: () => {},
    destroy: () => {},
    ref: () => {},
    unref: () => {},
  };
  const channel = new ByteChannel(stream, 1000);
  channel.send('first');
  channel.send('second');
  void channel.close();
  channel.flushSync();
  expect(Buffer.concat(written).toString()).toContain('second');
});
