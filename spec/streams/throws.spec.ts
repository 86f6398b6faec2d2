import { connect } from 'portcall';
import { describe, expect, it, vi } from 'vitest';

import { inMemory } from '../calls/over-channels.ts';
import { hello, rawPeer } from '../session/raw-peer.ts';

/** Catches what is thrown in so many times, and says what; then it returns, or lets it out. */
async function* catching(times: number, after: 'returns' | 'throws'): AsyncGenerator<string, string, string> {
  for (let caught = 0; caught < times; caught++) {
    try {
      yield `ready ${caught}`;
    } catch (error) {
      // Takes its time, so that what follows comes meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
      yield `caught ${(error as Error).message}`;
    }
  }
  if (after === 'throws') throw new Error('let out');
  return 'returned';
}

type Generator = AsyncGenerator<string, string, string>;

const outcome = (step: Promise<IteratorResult<string, string>>): Promise<unknown> =>
  step.then(
    ({ done, value }) => [done === true, value],
    (error: unknown) => (error as Error).message,
  );

/** What each of some steps that are made together gives. */
const scenarios: readonly [string, (generator: Generator) => Promise<IteratorResult<string, string>>[]][] = [
  ['two', (g) => [g.throw(new Error('a')), g.throw(new Error('b'))]],
  ['three', (g) => [g.throw(new Error('a')), g.throw(new Error('b')), g.throw(new Error('c'))]],
  ['two and a next()', (g) => [g.throw(new Error('a')), g.throw(new Error('b')), g.next()]],
  ['a next() and two', (g) => [g.next(), g.throw(new Error('a')), g.throw(new Error('b'))]],
];

describe('throw() on a generator that was received', () => {
  describe.each(scenarios)('%s made together', (_, steps) => {
    it.each([
      [1, 'returns'],
      [1, 'throws'],
      [2, 'returns'],
      [2, 'throws'],
      [5, 'returns'],
    ] as const)('give what they give at home, where it catches %i and %s', async (times, after) => {
      const opened = inMemory({ catching });
      const local = catching(times, after);
      const remote = await opened.remote.catching(times, after);
      expect(await remote.next()).toEqual(await local.next());
      const expected = await Promise.all(steps(local).map(outcome));
      expect(await Promise.all(steps(remote).map(outcome))).toEqual(expected);
      await remote.return('');
      expect(opened.stats.openStreams).toBe(0);
      await opened.close();
    });
  });
});

it('thrown in again and again, none waits without a bound', async () => {
  let finished = false;
  const stubborn = async function* (): AsyncGenerator<string> {
    try {
      yield 'ready';
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
      yield 'caught';
    } finally {
      finished = true;
    }
  };
  const [channel, peer] = rawPeer();
  const session = connect(channel, { expose: { stubborn }, limits: { streamItems: 4 } });
  peer.say(hello);
  peer.say([1, 1, ['stubborn'], []]);
  const [, , made] = await peer.heard(3, 1);
  const stream = (made as readonly number[])[2]!;
  peer.say([18, -stream, 1, 1000]);
  await peer.heard(15, stream);
  // One is under way and four wait.
  const throws = Array.from({ length: 6 }, () => [19, -stream, 1, 'again'] as const);
  peer.say(...throws.slice(0, 5));
  peer.say([9, 1]);
  await peer.heard(10);
  expect(peer.messages.filter(([code]) => code === 17)).toEqual([]);
  peer.say(...throws.slice(5));
  const [, , failure] = await peer.heard(17, stream);
  expect(JSON.stringify(failure)).toContain('threw into a stream again while 4 throws waited');
  await vi.waitUntil(() => finished);
  await session.close({ graceMs: 0 });
});
