import { afterEach, describe, expect, it } from 'vitest';

import { connect, type Channel, type Receiver, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';

import { hello, spied, type RawMessage } from './raw-peer.ts';

const api = {
  add: (a: number, b: number) => a + b,
  echo: async (value: unknown) => value,
  async *count(to: number) {
    for (let index = 0; index < to; index++) yield index;
  },
};

const open: Session<unknown>[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close({ graceMs: 0 })));
});

async function joined(): Promise<{
  session: Session<typeof api>;
  sent: RawMessage[][];
  back: RawMessage[][];
}> {
  const sent: RawMessage[][] = [];
  const back: RawMessage[][] = [];
  const [here, there] = memoryChannels();
  open.push(connect(spied(there, back), { expose: api }));
  const session = connect<typeof api>(spied(here, sent));
  open.push(session);
  await session.remote.add(0, 0);
  await session.remote.echo(0);
  sent.length = 0;
  back.length = 0;
  return { session, sent, back };
}

const afterThisTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

describe('messages', () => {
  it('of one tick leave as one, in order, and so do their replies', async () => {
    const { session, sent, back } = await joined();
    const calls = Array.from({ length: 30 }, (_, index) => session.remote.echo(index));
    expect(sent).toEqual([]);
    await afterThisTick();
    expect(sent.map((batch) => batch.length)).toEqual([30]);
    expect(await Promise.all(calls)).toEqual(calls.map((_, index) => index));
    expect(back.map((batch) => batch.length)).toEqual([30]);
    expect(sent[0]?.map(([, id]) => id)).toEqual(
      sent[0]?.map(([, id]) => id).toSorted((a, b) => Number(a) - Number(b)),
    );
  });

  it('give a side that has nothing to do a head start, and leave as one behind it', async () => {
    const { session, sent } = await joined();
    const calls = Array.from({ length: 100 }, (_, index) => session.remote.echo(index));
    expect(sent.map((batch) => batch.length)).toEqual([32]);
    await afterThisTick();
    const more = Array.from({ length: 50 }, (_, index) => session.remote.echo(100 + index));
    await afterThisTick();
    expect(sent.map((batch) => batch.length)).toEqual([32, 68, 50]);
    const all = [...calls, ...more];
    expect(await Promise.all(all)).toEqual(all.map((_, index) => index));
  });

  it('of a stream leave while more of it is made', async () => {
    const { session, back } = await joined();
    const items: number[] = [];
    for await (const item of session.remote.count(100)) items.push(item);
    expect(items).toEqual(Array.from({ length: 100 }, (_, index) => index));
    const largest = Math.max(...back.map((batch) => batch.length));
    expect(largest).toBe(32);
  });

  it('of promise continuations leave together as well', async () => {
    const { session, sent } = await joined();
    const call = async (depth: number): Promise<unknown> => {
      for (let step = 0; step < depth; step++) await Promise.resolve();
      return session.remote.add(depth, 1);
    };
    await Promise.all([call(0), call(1), call(5)]);
    expect(sent.map((batch) => batch.length)).toEqual([3]);
  });

  it('that are alone leave within their tick', async () => {
    const { session, sent } = await joined();
    let turned = false;
    setImmediate(() => (turned = true));
    const call = session.remote.add(1, 2);
    await afterThisTick();
    expect([sent.length, turned]).toEqual([1, false]);
    await call;
  });

  it('leave early once there are more than 8 KiB of them', async () => {
    const { session, sent } = await joined();
    const calls = Array.from({ length: 20 }, () => session.remote.echo('x'.repeat(1000)));
    expect(sent.map((batch) => batch.length)).toEqual([9, 9]);
    const large = session.remote.echo('x'.repeat(10_000));
    expect(sent).toHaveLength(3);
    await Promise.all([...calls, large]);
  });

  it('number each name once', async () => {
    const { session, sent } = await joined();
    await Promise.all([session.remote.add(1, 2), session.remote.add(3, 4)]);
    const other = session.remote as unknown as Record<string, () => Promise<unknown>>;
    await Promise.allSettled([other['other']!(), other['other']!()]);
    await Promise.allSettled([other['other']!()]);
    expect(sent.flat().filter(([code]) => code === 8)).toEqual([[8, 2, ['other']]]);
    expect(
      sent
        .flat()
        .filter(([code]) => code === 1)
        .map(([, , target]) => target),
    ).toEqual([0, 0, 2, 2, 2]);
  });
});

/** A channel that says when it takes more only when it is told to. */
class Reluctant implements Channel {
  readonly sent: RawMessage[] = [];
  takes = 0;
  receiver: Receiver | undefined;

  open(receiver: Receiver): void {
    this.receiver = receiver;
  }

  send(text: string): boolean {
    this.sent.push(...(JSON.parse(text) as RawMessage[]).filter(([code]) => code === 1));
    return this.takes-- > 0;
  }

  take(batches: number): void {
    this.takes = batches;
    this.receiver?.drained();
  }

  close(): Promise<void> {
    this.destroy();
    return Promise.resolve();
  }

  destroy(reason?: Error): void {
    const { receiver } = this;
    this.receiver = undefined;
    process.nextTick(() => receiver?.closed(reason));
  }
}

describe('a channel that takes no more', () => {
  it('is sent nothing until it has drained, and then everything in order', async () => {
    const channel = new Reluctant();
    const session = connect<typeof api>(channel);
    open.push(session);
    channel.receiver?.received(JSON.stringify([hello]), []);
    const calls: Promise<unknown>[] = [];
    const tick = async (count: number): Promise<void> => {
      for (let made = 0; made < count; made++) calls.push(session.remote.echo(calls.length));
      await afterThisTick();
    };
    await tick(2);
    const ids = (): unknown[] => channel.sent.map(([, id]) => id);
    expect(ids()).toEqual([1, 2]);
    await tick(2);
    await tick(2);
    expect(ids()).toEqual([1, 2]);
    expect(session.stats.queuedBytes).toBeGreaterThan(0);
    channel.take(0);
    expect(ids()).toEqual([1, 2, 3, 4]);
    await tick(1);
    channel.take(1);
    expect(ids()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await tick(1);
    expect(ids()).toHaveLength(7);
    channel.take(5);
    expect(ids()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(session.stats.queuedBytes).toBe(0);
    await tick(1);
    expect(ids()).toHaveLength(9);
    const replies = ids().map((id) => [3, id, id]);
    channel.receiver?.received(JSON.stringify(replies), []);
    expect(await Promise.all(calls)).toEqual(ids());
  });

  it('is sent everything by a slow reader’s pace, in order', async () => {
    const [here, there] = memoryChannels({ highWaterBytes: 100 });
    const seen: number[] = [];
    const expose = { note: (index: number) => void seen.push(index) };
    open.push(connect(there, { expose }));
    const session = connect<typeof expose>(here);
    open.push(session);
    const calls: Promise<unknown>[] = [];
    for (let tick = 0; tick < 50; tick++) {
      for (let made = 0; made < 20; made++) calls.push(session.remote.note(calls.length));
      await afterThisTick();
    }
    await Promise.all(calls);
    expect(seen).toEqual(calls.map((_, index) => index));
  });
});

describe('a hundred thousand calls under way', () => {
  it('each get their own result', async () => {
    const [here, there] = memoryChannels();
    open.push(connect(there, { expose: api }));
    const session = connect<typeof api>(here, { limits: { pendingCalls: 200_000, queuedBytes: 2 ** 30 } });
    open.push(session);
    const calls = Array.from({ length: 100_000 }, (_, index) => session.remote.echo(index));
    expect(session.stats.pendingCalls).toBe(100_000);
    const results = await Promise.all(calls);
    expect(results.every((result, index) => result === index)).toBe(true);
    expect(session.stats.pendingCalls).toBe(0);
  });
});

describe('more names than are numbered', () => {
  it('are called by their paths', async () => {
    const expose: Record<string, () => number> = {};
    for (let index = 0; index < 5000; index++) expose[`f${index}`] = () => index;
    const [here, there] = memoryChannels();
    open.push(connect(there, { expose }));
    const session = connect<Record<string, () => number>>(here);
    open.push(session);
    for (let round = 0; round < 2; round++) {
      const results = await Promise.all(Object.keys(expose).map((name) => session.remote[name]!()));
      expect(results).toEqual(results.map((_, index) => index));
    }
  });
});
