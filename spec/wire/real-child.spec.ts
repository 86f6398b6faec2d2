import { describe, expect, test } from 'vitest';

import { parentHello as hello, rawParent } from './raw-parent.ts';
import { frame } from './raw.ts';

describe('a child, to a parent that writes by hand', () => {
  test('says hello once its module is loaded', async () => {
    const wire = rawParent();
    const [message] = await wire.next();
    expect(message).toEqual([
      0,
      1,
      {
        session: expect.any(String) as string,
        messageBytes: 1_048_576,
        depth: 256,
        elements: 2_000_000,
        exports: ['add', 'count'],
        parts: true,
        series: true,
      },
    ]);
  });

  test('does not execute a call twice that comes twice', async () => {
    const wire = rawParent();
    await wire.next();
    wire.write(frame(hello));
    // In one batch, in another frame, and after a later call.
    wire.write(frame('[[1,5,["count"],[]],[1,5,["count"],[]]]'));
    wire.write(frame('[[1,5,["count"],[]]]'));
    wire.write(frame('[[1,6,["count"],[]]]'));
    wire.write(frame('[[1,5,["count"],[]]]'));
    // One whose id has been passed cannot be told from one that came twice.
    wire.write(frame('[[1,2,["count"],[]]]'));
    // Nor one without a reply from the same with one.
    wire.write(frame('[[1,-6,["count"],[]]]'));
    wire.write(frame('[[1,7,["count"],[]]]'));
    expect(await wire.until((message) => message[1] === 7)).toEqual([
      [3, 5, 1],
      [3, 6, 2],
      [3, 7, 3],
    ]);
  });

  test('reads frames that come byte by byte', async () => {
    const wire = rawParent();
    await wire.next();
    for (const byte of Buffer.concat([frame(hello), frame('[[1,1,["add"],[2,3]]]')]))
      wire.write(Buffer.from([byte]));
    expect(await wire.until((message) => message[1] === 1)).toEqual([[3, 1, 5]]);
  });

  test('ignores cancels and aborts of what it does not know', async () => {
    const wire = rawParent();
    await wire.next();
    wire.write(frame(hello));
    wire.write(frame('[[6,1],[6,99],[6,null],[7,3,null],[3,1,1],[5,1,"TIMEOUT","x"]]'));
    wire.write(frame('[[1,1,["add"],[2,3]],[6,1],[6,1]]'));
    expect(await wire.until((message) => message[1] === 1)).toEqual([[3, 1, 5]]);
  });

  test.each([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a frame of no length', Buffer.alloc(8)],
    ['a frame above the limit', Buffer.from([0, 32, 0, 4, 0, 32, 0, 0])],
    ['a version that it does not speak', frame('[[0,2,{"session":"s","messageBytes":1024,"exports":[]}]]')],
    ['a call before hello', frame('[[1,1,["count"],[]]]')],
    ['a call without a number', Buffer.concat([frame(hello), frame('[[1,"1",["count"],[]]]')])],
    ['names out of order', Buffer.concat([frame(hello), frame('[[8,7,["count"]]]')])],
  ])('ends its channel and itself on %s', async (_, bytes) => {
    const wire = rawParent();
    await wire.next();
    wire.write(bytes);
    await wire.ended;
    const { exitCode, signalCode } = await wire.exited;
    // By itself, since it has no parent any more that it can talk to.
    expect({ exitCode, signalCode }).toEqual({ exitCode: 0, signalCode: null });
  });

  test('ends by itself when its parent is gone in the middle of a frame', async () => {
    const wire = rawParent();
    await wire.next();
    wire.write(frame(hello));
    wire.write(frame('[[1,1,["count"],[]]]').subarray(0, 12));
    wire.end();
    await wire.ended;
    expect((await wire.exited).exitCode).toBe(0);
  });
});
