import { expect, test } from 'vitest';

import { memoryChannels } from 'portcall/testing';

import { Outbox } from '../../lib/session/outbox.ts';

// Found by the soak: calls are given up between the end of a channel and the time its reason is known.
test('what is withdrawn after the end of the channel is not taken off what waits a second time', () => {
  const outbox = new Outbox(memoryChannels()[0]);
  const batch = outbox.post('[1,1,["add"],[1,2]]');
  outbox.flush();
  expect(outbox.queuedBytes).toBeGreaterThan(0);
  outbox.stop();
  expect(outbox.queuedBytes).toBe(0);
  outbox.withdraw(batch, 0);
  expect(outbox.queuedBytes).toBe(0);
});
