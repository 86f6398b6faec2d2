import { expect, test } from 'vitest';

import { Gathered } from '../../../lib/session/parts/gathered.ts';

test('bytes that were read to where they belong are left there, others are copied to it', () => {
  const gathered = new Gathered(6);
  const room = gathered.room(2)!;
  room.set([1, 2]);
  gathered.add(room);
  gathered.add(new Uint8Array([3, 4]));
  // Of the same memory, and somewhere else.
  const elsewhere = gathered.bytes.subarray(0, 2);
  gathered.add(elsewhere);
  expect(gathered.done).toBe(true);
  expect(gathered.room(1)).toBeUndefined();
  expect([...gathered.bytes]).toEqual([1, 2, 3, 4, 1, 2]);
});
