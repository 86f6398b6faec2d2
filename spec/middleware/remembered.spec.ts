import { expect, onTestFinished, test } from 'vitest';

import { connect, type Middleware } from 'portcall';
import { memoryChannels } from 'portcall/testing';

test('middleware may give the promise of one call for others', async () => {
  const [here, there] = memoryChannels();
  let ran = 0;
  const api = {
    *count(to: number) {
      ran++;
      for (let index = 0; index < to; index++) yield index;
    },
    names: () => ['a', 'b'],
  };
  const other = connect(there, { expose: api });
  let remembered: Promise<unknown> | undefined;
  const once: Middleware = (next) => (call) => (remembered ??= next(call));
  const session = connect<typeof api>(here, { middleware: [once] });
  onTestFinished(async () => void (await Promise.all([session.close({ graceMs: 0 }), other.close()])));

  const first = session.remote.count(3);
  const second = session.remote.count(3);
  expect(second).toBe(first);
  const items: number[] = [];
  for await (const item of second) items.push(item);
  expect([items, ran]).toEqual([[0, 1, 2], 1]);

  remembered = session.remote.names();
  expect(await session.remote.names()).toEqual(await session.remote.names());
});
