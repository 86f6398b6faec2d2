import { PassThrough } from 'node:stream';

import { ByteChannel } from '../../lib/transports/byte-channel.ts';
import { nodeStream } from '../../lib/transports/node-stream.ts';
import { messageBytes, runSuite } from './run-suite.ts';
import { socketPair } from './socket-pair.ts';

runSuite('a socket at each end', async (direction) => {
  const [one, two] = await socketPair();
  const a = new ByteChannel(nodeStream(one, one), messageBytes);
  const b = new ByteChannel(nodeStream(two, two), messageBytes);
  return direction === 'from here'
    ? { here: a, there: b, messageBytes }
    : { here: b, there: a, messageBytes };
});

runSuite('a pair of streams that are no sockets', (direction) => {
  const forth = new PassThrough();
  const back = new PassThrough();
  const a = new ByteChannel(nodeStream(back, forth), messageBytes);
  const b = new ByteChannel(nodeStream(forth, back), messageBytes);
  return direction === 'from here'
    ? { here: a, there: b, messageBytes }
    : { here: b, there: a, messageBytes };
});
