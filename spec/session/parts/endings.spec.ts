import { afterEach, describe, expect, it } from 'vitest';

import { connect, type ConnectOptions, type Session } from 'portcall';

import { narrowChannels, turns, type Narrow } from './narrow.ts';

const sessions: Session<unknown>[] = [];

afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close({ graceMs: 0 })));
});

const api = {
  begun: [] as string[],
  take(name: string, bytes?: Uint8Array): number {
    api.begun.push(name);
    return bytes?.byteLength ?? 0;
  },
};

/** A session whose first batches have left, over a channel that takes no more until it is told to. */
async function reluctant(options?: ConnectOptions): Promise<{
  session: Session<typeof api>;
  far: Session<unknown>;
  here: Narrow;
}> {
  api.begun = [];
  const [here, there] = narrowChannels({ reluctant: true });
  const far = connect(there, {
    expose: { take: (...args: Parameters<typeof api.take>) => api.take(...args) },
  });
  const session = connect<typeof api>(here, options);
  sessions.push(far, session);
  await session.ready;
  here.take();
  return { session, far, here };
}

const large = (): Uint8Array => new Uint8Array(20_000).fill(7);

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it fulfilled',
    (error: unknown) => error,
  );

const begin = 25;
const drop = 27;

describe('a call that is given up while its parts leave', () => {
  it('is not made: the rest is dropped, and the next large one arrives', async () => {
    const { session, far, here } = await reluctant();
    const controller = new AbortController();
    const call = failure(session.with({ signal: controller.signal }).take('given up', large()));
    const next = session.remote.take('next', large());
    await turns(2);
    here.take();
    here.take();
    expect(here.codes.filter((code) => code === begin)).toHaveLength(1);
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await call).toBe(reason);
    here.takeAll();
    expect(await next).toBe(20_000);
    expect(api.begun).toEqual(['next']);
    expect(here.codes.filter((code) => code === drop)).toHaveLength(1);
    expect(here.sent.filter(([code]) => code === begin)).toHaveLength(2);
    expect([far.stats.ignoredMessages, session.stats.pendingCalls]).toEqual([0, 0]);
    expect(session.stats.queuedBytes).toBe(0);
  });

  it('before the first of them says nothing to the other side', async () => {
    const { session, here } = await reluctant();
    const first = session.remote.take('first', large());
    const controller = new AbortController();
    const call = failure(session.with({ signal: controller.signal }).take('given up', large()));
    await turns(2);
    controller.abort('enough');
    expect(await call).toBe('enough');
    here.takeAll();
    expect(await first).toBe(20_000);
    expect(here.codes).not.toContain(drop);
    expect(here.sent.filter(([code]) => code === begin)).toHaveLength(1);
  });

  it('by its deadline was not sent, and is not made', async () => {
    const { session, here } = await reluctant();
    const call = failure(session.with({ timeoutMs: 20 }).take('late', large()));
    await turns(2);
    here.take();
    expect(await call).toMatchObject({ code: 'TIMEOUT', delivery: 'not-sent' });
    here.takeAll();
    expect(await session.remote.take('next')).toBe(0);
    expect(api.begun).toEqual(['next']);
  });

  it('once all of them have left is cancelled like any other', async () => {
    const { session, here } = await reluctant();
    here.takeAll();
    const controller = new AbortController();
    const call = session.with({ signal: controller.signal }).take('made', large());
    await call;
    controller.abort();
    expect(api.begun).toEqual(['made']);
    expect(here.codes).not.toContain(drop);
  });
});

describe('the end of a session in the middle of a large message', () => {
  it('fails its call as not sent, and those behind it', async () => {
    const { session, here } = await reluctant();
    const calls = [session.remote.take('a', large()), session.remote.take('b', large())].map(failure);
    await turns(2);
    here.take();
    here.destroy(new Error('gone'));
    for (const call of calls) expect(await call).toMatchObject({ delivery: 'not-sent' });
    expect(api.begun).toEqual([]);
    expect(session.stats.queuedBytes).toBe(0);
  });

  it('whose last part has left fails its call as unknown', async () => {
    const [here, there] = narrowChannels();
    sessions.push(connect(there, { expose: { never: () => new Promise(() => {}) } }));
    const session = connect<{ never(bytes: Uint8Array): Promise<void> }>(here);
    sessions.push(session);
    await session.ready;
    const call = failure(session.remote.never(large()));
    while (session.stats.queuedBytes > 0) await turns(1);
    here.destroy();
    expect(await call).toMatchObject({ delivery: 'unknown' });
  });

  it('by close() waits for the parts of what is under way', async () => {
    const { session, here } = await reluctant();
    const call = session.remote.take('a', large());
    await session.with({ oneway: true }).take('b', large());
    await turns(2);
    const closed = session.close();
    await turns(2);
    here.takeAll();
    expect(await call).toBe(20_000);
    await closed;
    expect(api.begun).toEqual(['a', 'b']);
  });

  it('by close() sends the result of a call of the other side whole', async () => {
    const [here, there] = narrowChannels({ reluctant: true });
    const far = connect<{ give(): Uint8Array }>(there);
    const session = connect(here, { expose: { give: large } });
    sessions.push(far, session);
    await far.ready;
    here.take();
    const given = far.remote.give();
    await turns(3);
    const closed = session.close();
    expect((await given).byteLength).toBe(20_000);
    await closed;
  });
});

describe('what waits in parts', () => {
  it('counts as queued, and there may be too much of it', async () => {
    const { session, here } = await reluctant({ limits: { queuedBytes: 30_000 } });
    const first = session.remote.take('a', large());
    const second = session.remote.take('b', large());
    await turns(1);
    expect(session.stats.queuedBytes).toBeGreaterThan(38_000);
    await expect(session.remote.take('c')).rejects.toMatchObject({
      code: 'OVERLOADED',
      delivery: 'not-sent',
    });
    here.takeAll();
    expect(await Promise.all([first, second])).toEqual([20_000, 20_000]);
    expect(await session.remote.take('c')).toBe(0);
  });

  it('is not sent where it turns out to be more than the other side takes', async () => {
    const [here, there] = narrowChannels();
    const session = connect<typeof api>(here);
    sessions.push(session);
    const call = failure(session.remote.take('early', new Uint8Array(100_000)));
    sessions.push(connect(there, { expose: api, limits: { messageBytes: 50_000 } }));
    expect(await call).toMatchObject({ code: 'TOO_LARGE', delivery: 'not-sent' });
    await expect(session.remote.take('late', new Uint8Array(50_001))).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
    expect(await session.remote.take('fits', new Uint8Array(49_000))).toBe(49_000);
  });
});
