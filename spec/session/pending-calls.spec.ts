import { describe, expect, it } from 'vitest';

import type { Call } from '../../lib/call/call.ts';
import { noOptions } from '../../lib/call/call-options.ts';
import { target } from '../../lib/call/target.ts';
import { PendingCalls, type PendingCall } from '../../lib/session/pending-calls.ts';

const call: Call = { kind: 'call', target: target(['f']), args: [], options: noOptions };

const add = (calls: PendingCalls): PendingCall => calls.add(call, calls.nextId());

describe('the table of calls that wait', () => {
  it('finds each by its id, once', () => {
    const calls = new PendingCalls();
    const pending = Array.from({ length: 1000 }, () => add(calls));
    expect(calls.size).toBe(1000);
    for (const one of pending.toReversed()) {
      expect(calls.take(one.id)).toBe(one);
      expect(calls.take(one.id)).toBeUndefined();
    }
    expect(calls.size).toBe(0);
  });

  it('never uses an id again, however often the table fills and empties', () => {
    const calls = new PendingCalls();
    let last = 0;
    for (let round = 0; round < 100; round++) {
      const pending = Array.from({ length: round }, () => add(calls));
      for (const { id } of pending) {
        expect(id).toBeGreaterThan(last);
        last = id;
        calls.take(id);
      }
    }
    expect(calls.size).toBe(0);
  });

  it('passes over ids whose place an old call still has', () => {
    const calls = new PendingCalls();
    const old = add(calls);
    const ids = new Set<number>([old.id]);
    for (let made = 0; made < 500; made++) {
      const { id } = add(calls);
      expect(ids.has(id)).toBe(false);
      ids.add(id);
      expect(calls.take(id)?.id).toBe(id);
    }
    expect(calls.take(old.id)).toBe(old);
  });

  it('keeps old and new calls apart while it grows', () => {
    const calls = new PendingCalls();
    const kept: PendingCall[] = [];
    for (let made = 0; made < 20_000; made++) {
      const pending = add(calls);
      if (made % 3 === 0) kept.push(pending);
      else calls.take(pending.id);
    }
    expect(calls.size).toBe(kept.length);
    for (const pending of kept) expect(calls.take(pending.id)).toBe(pending);
  });

  it.each([0, -1, 1.5, NaN, Infinity, 2 ** 60, 65])('has no call with the id %d', (id) => {
    const calls = new PendingCalls();
    add(calls);
    expect(calls.take(id)).toBeUndefined();
    expect(calls.size).toBe(1);
  });

  it('gives up all calls in the order in which they were made', () => {
    const calls = new PendingCalls();
    const pending = Array.from({ length: 200 }, () => add(calls));
    calls.take(pending[100]!.id);
    expect(calls.takeAll().map(({ id }) => id)).toEqual(
      pending.filter((_, index) => index !== 100).map(({ id }) => id),
    );
    expect(calls.size).toBe(0);
    expect(add(calls).id).toBeGreaterThan(pending.at(-1)!.id);
  });
});
