import { MessageChannel } from 'node:worker_threads';

import { PortChannel } from '../../lib/transports/port-channel.ts';
import { messageBytes, runSuite } from './run-suite.ts';

runSuite('two ports in one thread', (direction) => {
  const { port1, port2 } = new MessageChannel();
  const a = new PortChannel(port1, messageBytes);
  const b = new PortChannel(port2, messageBytes);
  return direction === 'from here'
    ? { here: a, there: b, messageBytes }
    : { here: b, there: a, messageBytes };
});
