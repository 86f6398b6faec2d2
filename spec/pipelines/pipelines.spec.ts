import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import {
  assign,
  byReference,
  connect,
  release,
  withOptions,
  type Pipeline,
  type Remote,
  type Session,
} from 'portcall';
import { memoryChannels } from 'portcall/testing';

import { overChannels, type Opened } from '../calls/over-channels.ts';
import * as database from '../fixtures/pipelines/database.js';
import { hello, rawPeer, spied, type RawMessage } from '../session/raw-peer.ts';

type Module = typeof database;

const channels = overChannels<Module>(
  new URL('../fixtures/pipelines/database.js', import.meta.url),
  database,
);

describe.each(channels)('a pipeline over %s', (_, open) => {
  let opened: Opened<Module>;
  let remote: Remote<Module>;
  let pipeline: Pipeline<Module>;
  const background: unknown[] = [];
  beforeAll(async () => {
    opened = open({ onError: (error) => background.push(error) });
    ({ remote, pipeline } = opened);
    await remote.nothing();
  });
  afterEach(() => remote.takeLog());
  afterAll(async () => {
    expect(background).toEqual([]);
    await opened.close();
  });

  it('goes through results that have not arrived', async () => {
    expect(await pipeline.openDatabase('x').table('users').get(1).name).toBe('x/users#1');
    expect(await pipeline.openLater('y').slowTable().get(2).tags[1]).toBe('b');
    expect(await pipeline.openDatabase('x').name).toBe('x');
    expect(await new pipeline.Database('z').table('t').name).toBe('z/t');
    expect(await pipeline.adder(3)(4)).toBe(7);
  });

  it('takes pending results as arguments, anywhere in them', async () => {
    const row = pipeline.openDatabase('x').table('users').get(1);
    expect(await pipeline.nameOf(row)).toBe('x/users#1');
    expect(await pipeline.nameOf({ name: row.name })).toBe('x/users#1');
    const sum = pipeline.add(1, 2);
    expect(await pipeline.add(sum, pipeline.add(sum, 10))).toBe(16);
    expect(await pipeline.echo([sum, { sum }], new Map([['sum', sum]]), sum)).toEqual([
      [3, { sum: 3 }],
      new Map([['sum', 3]]),
      3,
    ]);
    const table = pipeline.openDatabase('x').table('users');
    expect(await table.isSame(table)).toBe(true);
    expect(await (remote.nameOf as (row: unknown) => Promise<string>)(row)).toBe('x/users#1');
    expect(await row.greet('hello')).toBe('hello 1');
  });

  it('starts its calls in the order in which they were made, as far as their results are there', async () => {
    const table = pipeline.openDatabase('x').table('t');
    await Promise.all([table.get(1).name, table.get(2).name, table.get(3).name]);
    expect(await remote.takeLog()).toEqual(['open x', 'get 1', 'get 2', 'get 3']);
  });

  it('gives promises with catch and finally, and streams that can be iterated', async () => {
    let settled = 0;
    expect(await pipeline.add(1, 2).finally(() => settled++)).toBe(3);
    expect(await pipeline.openDatabase('').catch((error: unknown) => (error as Error).name)).toBe(
      'RangeError',
    );
    expect(settled).toBe(1);
    const names: string[] = [];
    for await (const row of pipeline.openDatabase('x').table('t').rows()) names.push(row.name);
    expect(names).toEqual(['x/t#0', 'x/t#1', 'x/t#2']);
  });

  it('fails everywhere with the error of the call that failed', async () => {
    const broken = pipeline.openDatabase('x').table('missing');
    const row = broken.get(1);
    await expect((async () => await row.name)()).rejects.toThrow('there is no such table');
    await expect((async () => await row)()).rejects.toBeInstanceOf(RangeError);
    await expect((async () => await pipeline.nameOf(row))()).rejects.toThrow('there is no such table');
    await expect((async () => await pipeline.echo([{ row }]))()).rejects.toThrow('there is no such table');
    expect(await remote.takeLog()).toEqual(['open x']);
    const none = (pipeline as never as { none(): { deep(): Promise<unknown> } }).none();
    await expect((async () => await none.deep())()).rejects.toMatchObject({ code: 'METHOD_NOT_FOUND' });
    const unsent = pipeline.echo(Symbol('x'));
    await expect((async () => await unsent[0])()).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
    const cause = expect.objectContaining({
      message: expect.stringContaining('is a symbol') as unknown,
    }) as unknown;
    await expect((async () => await pipeline.echo(unsent))()).rejects.toMatchObject({ cause });
  });

  it('keeps a result that cannot be sent where it is', async () => {
    const kept = pipeline.symbol();
    await expect((async () => await kept)()).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
    await expect((async () => await pipeline.echo(kept)[0])()).rejects.toMatchObject({
      code: 'NOT_SERIALIZABLE',
    });
  });

  it('becomes the reference itself once that was awaited', async () => {
    const pending = pipeline.openDatabase('x');
    const arrived = await pending;
    expect(await pending.table('t').name).toBe('x/t');
    expect(await arrived.table('t').then((table) => table.name)).toBe('x/t');
    release(pending);
    await expect(arrived.table('t')).rejects.toMatchObject({ code: 'REFERENCE_RELEASED' });
  });

  it('can be released, assigned and given options at any time', async () => {
    const pending = pipeline.openDatabase('x');
    await assign(pending, { name: 'renamed' });
    expect(await pending.name).toBe('renamed');
    release(pending);
    await expect((async () => await pending.name)()).rejects.toMatchObject({ code: 'REFERENCE_RELEASED' });
    const aborted = withOptions(pipeline.openDatabase('x'), { signal: AbortSignal.abort('no') });
    await expect((async () => await aborted.name)()).rejects.toBe('no');
  });

  it('has live signals among the arguments', async () => {
    const controller = new AbortController();
    const reason = pipeline.untilAborted(controller.signal);
    const after = pipeline.echo(reason);
    await remote.nothing();
    controller.abort('now');
    expect(await after).toEqual(['now']);
  });
});

describe('what a pipeline sends', () => {
  const sessions: Session<unknown>[] = [];
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.close({ graceMs: 0 })));
  });

  async function connected(): Promise<{
    near: Session<Module>;
    far: Session<unknown>;
    sent: RawMessage[][];
    back: RawMessage[][];
  }> {
    const [here, there] = memoryChannels();
    const [sent, back]: RawMessage[][][] = [[], []];
    const far = connect(spied(there, back!), { expose: database });
    const near = connect<Module>(spied(here, sent!));
    sessions.push(near, far);
    await near.remote.nothing();
    sent!.length = back!.length = 0;
    return { near, far, sent: sent!, back: back! };
  }

  it('is one message one way and one back', async () => {
    const { near, sent, back } = await connected();
    const { pipeline } = near;
    expect(await pipeline.nameOf(pipeline.openDatabase('x').table('users').get(1))).toBe('x/users#1');
    expect(sent).toHaveLength(1);
    expect(back).toHaveLength(1);
  });

  it('leaves nothing behind once its parts are released', async () => {
    const { near, far } = await connected();
    const opened = near.pipeline.openDatabase('x');
    const table = opened.table('t');
    expect(await table.name).toBe('x/t');
    expect(far.stats.exportedReferences).toBe(2);
    release(opened);
    release(table);
    await near.remote.nothing();
    expect(far.stats.exportedReferences).toBe(0);
    expect(near.stats).toMatchObject({ exportedReferences: 0, importedReferences: 0, pendingCalls: 0 });
  });

  it('is forwarded to a third party', async () => {
    const first = await connected();
    const second = await connected();
    const row = first.near.pipeline.openDatabase('x').table('t').get(1);
    expect(await second.near.remote.echo(row.name as never)).toEqual([expect.anything()]);
    const table = first.near.pipeline.openDatabase('x').table('t');
    expect(
      await (second.near.pipeline.echo(table as never)[0] as never as { name: Promise<string> }).name,
    ).toBe('x/t');
  });

  it('is let go of once the calls that were made before have begun', async () => {
    let openIt: () => void = () => {};
    const gate = new Promise<void>((resolve) => (openIt = resolve));
    const counter = { add: (n: number) => n + 1, five: () => 5 };
    const api = {
      open: async () => {
        await gate;
        return byReference(counter);
      },
      plain: () => byReference(counter),
      use: (_: unknown, reference: { five(): number }) => reference.five(),
    };
    const [here, there] = memoryChannels();
    const far = connect(there, { expose: api });
    const near = connect<typeof api>(here);
    sessions.push(near, far);
    const reference = await near.remote.plain();
    const opened = near.pipeline.open();
    // Asked for now: what waits at the other side is let go of right behind it.
    const sum = opened.add(1).then((value) => value);
    const five = near.pipeline.use(opened, reference as never).then((value) => value);
    await near.remote.plain();
    release(opened);
    release(reference);
    await near.remote.plain();
    openIt();
    expect(await Promise.all([sum, five])).toEqual([2, 5]);
  });

  it('is let go of at once where the calls that wait for it were cancelled', async () => {
    const [channel, peer] = rawPeer();
    const far = connect(channel, { expose: { never: () => new Promise<void>(() => {}) } });
    sessions.push(far);
    peer.say(hello, [1, 1, ['never'], [], 0, 0, { keep: true }], [1, 2, [-1, 'a'], []], [14, -1, 1], [9, 1]);
    await peer.heard(10, 1);
    expect(far.stats).toMatchObject({ exportedReferences: 1, runningCalls: 2 });
    peer.say([6, 2], [9, 2]);
    await peer.heard(10, 2);
    expect(far.stats.exportedReferences).toBe(0);
  });

  it('tells of a failure that nobody asked for', async () => {
    const errors: unknown[] = [];
    const [here, there] = memoryChannels();
    sessions.push(connect(there, { expose: database, onError: (error) => errors.push(error) }));
    const near = connect<Module>(here);
    sessions.push(near);
    release(near.pipeline.openDatabase(''));
    await near.remote.nothing();
    expect(errors).toMatchObject([{ name: 'RangeError' }]);
  });
});
