import { MessageChannel } from 'node:worker_threads';
import { connect, RpcError } from 'portcall';
import { superjson } from 'portcall/superjson';
import { describe, expect, it } from 'vitest';

import { channels, failureOf, start } from './children.ts';

const values = (name: string): URL => new URL(`../fixtures/values/${name}`, import.meta.url);

type Marks = typeof import('../fixtures/values/marks.js');

describe.each(channels)('a module of types for a child over %s', (channel) => {
  it('that takes its time is waited for: calls keep their order, and what the child sends is read then', async () => {
    const told: unknown[] = [];
    const child = start<Marks>(
      channel,
      { types: values('slow-types.js'), expose: { tell: (value: unknown) => void told.push(value) } },
      values('marks.js'),
    );
    const early = Array.from({ length: 20 }, async (_, index) => child.remote.mark(index));
    // Later calls do not overtake them.
    await early[0];
    const late = child.remote.mark('late');
    await Promise.all([...early, late]);
    expect(await child.remote.marks()).toEqual([...Array.from({ length: 20 }, (_, index) => index), 'late']);
    expect(told).toEqual([new Date(0)]);
    expect(child.stats.pendingCalls).toBe(0);
  });

  it('that is not there, throws or exports no types is START_FAILED, with the reason', async () => {
    const cases = [
      ['missing.js', 'missing.js'],
      ['broken-types.js', 'no types today'],
      ['no-types.js', 'exports no types; export what defineType() and defineError() give'],
      ['wrong-codec.js', 'exports a codec that is none'],
    ] as const;
    await Promise.all(
      cases.map(async ([file, message]) => {
        const child = start<Marks>(channel, { types: values(file) }, values('marks.js'));
        const error = await failureOf(child.remote.mark(1));
        expect(error).toMatchObject({ code: 'START_FAILED' });
        expect((error as Error).message).toContain(message);
        expect((error as Error).cause).toBeInstanceOf(Error);
        await child.exited;
        expect(await failureOf(child.ready)).toMatchObject({ code: 'START_FAILED' });
      }),
    );
  });
});

describe('calls that wait for the types', () => {
  it('give up at their deadline or with their signal, and never run', async () => {
    const child = start<Marks>('pipe', { types: values('slow-types.js') }, values('marks.js'));
    const controller = new AbortController();
    const reason = new Error('enough');
    const late = failureOf(child.with({ timeoutMs: 20 }).mark('late'));
    const aborted = failureOf(child.with({ signal: controller.signal }).mark('aborted'));
    const patient = child.with({ timeoutMs: 15_000 }).mark('patient');
    expect(child.stats.pendingCalls).toBe(3);
    controller.abort(reason);
    expect(await late).toMatchObject({ code: 'TIMEOUT', delivery: 'not-sent' });
    expect(await aborted).toBe(reason);
    await patient;
    expect(await child.remote.marks()).toEqual(['patient']);
  });

  it('are finished by close()', async () => {
    const child = start<Marks>('pipe', { types: values('slow-types.js') }, values('marks.js'));
    const calls = [child.remote.mark(1), child.remote.marks()];
    const closed = child.close();
    const late = failureOf(child.remote.mark('late'));
    expect(await Promise.all(calls)).toEqual([undefined, [1]]);
    expect(await late).toMatchObject({ code: 'CHANNEL_CLOSED', delivery: 'not-sent' });
    await closed;
  });

  it('count against the limit', async () => {
    const child = start<Marks>(
      'pipe',
      { types: values('slow-types.js'), limits: { pendingCalls: 2 } },
      values('marks.js'),
    );
    const first = [child.remote.mark(1), child.remote.mark(2)];
    expect(await failureOf(child.remote.mark(3))).toMatchObject({ code: 'OVERLOADED', delivery: 'not-sent' });
    await Promise.all(first);
  });

  it('are told where the child is ended first, or types never come', async () => {
    const child = start<Marks>('pipe', { types: values('stuck-types.js') }, values('marks.js'));
    const call = failureOf(child.remote.mark(1));
    await child.terminate();
    expect(await call).toMatchObject({ code: 'START_FAILED', delivery: 'not-sent' });
    const slow = start<Marks>(
      'pipe',
      { types: values('stuck-types.js'), startTimeoutMs: 200 },
      values('marks.js'),
    );
    expect(await failureOf(slow.remote.mark(1))).toMatchObject({
      code: 'START_FAILED',
      delivery: 'not-sent',
    });
  });
});

describe('a codec', () => {
  it.each(channels)('comes to a child over %s with its types', async (channel) => {
    const child = start<typeof import('../fixtures/values/shop.js')>(
      channel,
      { types: values('superjson-types.js') },
      values('shop.js'),
    );
    const { echo } = child.remote;
    expect(await echo([new Date(5), new Map([[1, 2n]])])).toEqual([new Date(5), new Map([[1, 2n]])]);
    expect(await failureOf(child.remote.order())).toMatchObject({ message: 'tea is out of stock' });
  });

  it('that only one side has chosen ends the session, saying what to do', async () => {
    const { port1, port2 } = new MessageChannel();
    const theirs = connect(port2, { expose: { add: (a: number, b: number) => a + b } });
    const session = connect<{ add(a: number, b: number): number }>(port1, { codec: superjson() });
    const error = await failureOf(session.remote.add(1, 2));
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ code: 'PROTOCOL_ERROR' });
    expect((error as Error).message).toContain('choose the same on both, with the option codec');
    await session.closed;
    await theirs.closed;
  });
});
