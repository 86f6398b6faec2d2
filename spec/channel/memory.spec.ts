import { memoryChannels } from '../../lib/channel/memory.ts';
import { messageBytes, runSuite } from './run-suite.ts';

runSuite('a channel in memory', (direction) => {
  const [a, b] = memoryChannels({ messageBytes });
  return direction === 'from here'
    ? { here: a, there: b, messageBytes }
    : { here: b, there: a, messageBytes };
});
