import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { connect, fork, worker, type Session } from 'portcall';
import { callContext } from 'portcall/context';
import { memoryChannels } from 'portcall/testing';

import * as last from '../fixtures/context/last.js';
import type * as middle from '../fixtures/context/middle.js';

type Last = typeof last;
type Opened = Pick<Session<Last>, 'remote' | 'with' | 'pipeline' | 'close' | 'stats'>;

const url = new URL('../fixtures/context/last.js', import.meta.url);

function overMemory(): Opened {
  const [here, there] = memoryChannels();
  connect(there, { expose: last });
  return connect<Last>(here);
}

const channels: readonly (readonly [string, () => Opened])[] = [
  ['a fork', () => fork<Last>(url)],
  ['a worker', () => worker<Last>(url)],
  ['memory', overMemory],
];

/** A path of calls that leave together, read in the end. */
const readLater = async ({ pipeline }: Opened): Promise<unknown> => await pipeline.open().book().metadata;

describe.each(channels)('the context of a call over %s', (_, open) => {
  let opened: Opened;
  beforeAll(() => {
    opened = open();
  });
  afterAll(() => opened.close({ graceMs: 0 }));

  it('has the metadata and the deadline of the caller', async () => {
    const { leftMs, metadata } = await opened
      .with({ timeoutMs: 5_000, metadata: { user: 'ada', __proto__: null } })
      .told();
    expect(metadata).toEqual({ user: 'ada' });
    expect(leftMs).toBeGreaterThan(3_000);
    expect(leftMs).toBeLessThanOrEqual(5_000);
  });

  it('is there without any, and belongs to each call alone', async () => {
    const calls = [1, 2, 3].map((n) => opened.with({ metadata: { n } }).told());
    expect((await Promise.all(calls)).map(({ metadata }) => metadata)).toEqual([
      { n: 1 },
      { n: 2 },
      { n: 3 },
    ]);
    expect(await opened.remote.told()).toEqual({ leftMs: undefined, metadata: {} });
  });

  it('has a signal that aborts when the call is cancelled, with the reason', async () => {
    const controller = new AbortController();
    const calls = [
      opened.with({ signal: controller.signal }).untilCancelled(),
      opened.with({ signal: controller.signal }).lateToAsk(),
    ];
    await opened.remote.told();
    controller.abort('no longer wanted');
    for (const call of calls) await expect(call).rejects.toBe('no longer wanted');
    expect(await opened.remote.reasonsSoFar()).toEqual(['no longer wanted']);
    expect(await opened.remote.reasonsSoFar()).toEqual(['no longer wanted']);
  });

  it('has a signal that aborts at the deadline, of a call without reply too', async () => {
    await expect(opened.with({ timeoutMs: 20 }).untilCancelled()).rejects.toMatchObject({ code: 'TIMEOUT' });
    const [reason] = await opened.remote.reasonsSoFar();
    expect(reason).toMatchObject({ name: expect.stringMatching(/^(Abort|Timeout)Error$/) as unknown });
    await opened.with({ timeoutMs: 20, oneway: true }).untilCancelled();
    expect(await opened.remote.reasonsSoFar()).toMatchObject([{ name: 'TimeoutError' }]);
  });

  it('holds in the body of a generator, whose items may come after the deadline', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const items = await opened.with({ metadata: { user: 'ada' }, timeoutMs: 30_000, signal }).items();
    expect(await items.next()).toEqual({ done: false, value: { user: 'ada' } });
    expect(await items.next()).toEqual({ done: false, value: { user: 'ada' } });
    expect(await items.next()).toEqual({ done: false, value: undefined });
    const waiting = items.next();
    controller.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    expect(await opened.remote.reasonsSoFar()).toEqual(['enough']);
  });

  it('is inherited by callbacks, and by the steps of a pipeline', async () => {
    const metadata = await opened
      .with({ metadata: { user: 'ada' } })
      .callBack(async () => callContext()?.metadata);
    expect(metadata).toEqual({ user: 'ada' });
    expect(callContext()).toBeUndefined();
    const later = await opened.with({ metadata: { user: 'ada' } }).callBack(() => readLater(opened));
    expect(later).toEqual({ user: 'ada' });
  });
});

describe('calls made from a remote function', () => {
  let child: ReturnType<typeof fork<typeof middle>>;
  beforeAll(() => {
    child = fork<typeof middle>(new URL('../fixtures/context/middle.js', import.meta.url));
  });
  afterAll(() => child.close());

  it('inherit deadline and metadata', async () => {
    const asked = child.with({ timeoutMs: 8_000, metadata: { user: 'ada', trace: 1 } });
    const { leftMs, metadata } = await asked.onward();
    expect(metadata).toEqual({ user: 'ada', trace: 1 });
    expect(leftMs).toBeGreaterThan(5_000);
    expect(leftMs).toBeLessThanOrEqual(8_000);
    expect(await child.remote.onward()).toEqual({ leftMs: undefined, metadata: {} });
  });

  it('have the shorter of two deadlines, and their own metadata where keys meet', async () => {
    const asked = child.with({ timeoutMs: 8_000, metadata: { user: 'ada', trace: 1 } });
    const shorter = await asked.onward({ timeoutMs: 2_000, metadata: { trace: 2 } });
    expect(shorter.metadata).toEqual({ user: 'ada', trace: 2 });
    expect(shorter.leftMs).toBeLessThanOrEqual(2_000);
    expect((await asked.onward({ timeoutMs: 60_000 })).leftMs).toBeLessThanOrEqual(8_000);
  });

  it('do so behind an await, and not for other calls under way', async () => {
    const named = child.with({ metadata: { user: 'ada' } }).afterwards();
    const other = child.remote.afterwards();
    expect(await named).toMatchObject({ own: { user: 'ada' }, onward: { metadata: { user: 'ada' } } });
    expect(await other).toMatchObject({ own: {}, onward: { metadata: {} } });
  });
});
