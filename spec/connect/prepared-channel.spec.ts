import { memoryChannels } from 'portcall/testing';
import { expect, test } from 'vitest';

import { preparedChannel } from '../../lib/connect/prepared-channel.ts';

/** What a channel that waits for `prepared` has delivered, its end among it. */
function delivered(prepared: Promise<void>, batch: string): { seen: string[]; ended: Promise<void> } {
  const [here, there] = memoryChannels();
  const seen: string[] = [];
  const ended = new Promise<void>((resolve) => {
    preparedChannel(here, prepared, 1000).open({
      received: (text) => void seen.push(text),
      drained: () => {},
      closed: () => {
        seen.push('closed');
        resolve();
      },
    });
  });
  there.open({ received: () => {}, drained: () => {}, closed: () => {} });
  there.send(batch);
  void there.close();
  return { seen, ended };
}

const failure = '[[11,"START_FAILED","the module could not be loaded"]]';

test('a start that has failed is told once this side can read why, and then the end', async () => {
  let prepare = (): void => {};
  const { seen, ended } = delivered(new Promise<void>((resolve) => (prepare = resolve)), failure);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(seen).toEqual([]);
  prepare();
  await ended;
  expect(seen).toEqual([failure, 'closed']);
});

test('the end alone is told where this side will never be able to', async () => {
  const { seen, ended } = delivered(Promise.reject(new Error('no types')), failure);
  await ended;
  expect(seen).toEqual(['closed']);
});

test('an end that does not say why waits for nothing', async () => {
  const { seen, ended } = delivered(new Promise(() => {}), '[[0,1,{}]]');
  await ended;
  expect(seen).toEqual(['closed']);
});
