import { afterEach, describe, expect, it } from 'vitest';

import { connect, fork, release, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';

import { everyChannel } from '../calls/every-channel.ts';
import { hello, rawPeer, type RawMessage } from './raw-peer.ts';

type Anything = Record<string, (...args: readonly unknown[]) => Promise<unknown>>;

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close()));
});

class Secret {
  hidden(): string {
    return 'reached';
  }
}

/** An object with everything on it that must not be reached, and a session to it. */
function exposed(): { remote: Anything; touched: string[]; session: Session<unknown> } {
  const touched: string[] = [];
  const api = Object.create({ inherited: () => touched.push('inherited') }) as Record<string, unknown>;
  Object.assign(api, {
    add: (a: number, b: number) => a + b,
    secret: new Secret(),
    geometry: { area: () => 1 },
  });
  Object.defineProperty(api, 'getter', { get: () => touched.push('getter'), enumerable: true });
  Object.defineProperty(api, 'unlisted', { value: () => touched.push('unlisted'), enumerable: false });
  const [here, there] = memoryChannels();
  const session = connect<Anything>(here);
  open.push(session, connect(there, { expose: api }));
  return { remote: session.remote, touched, session };
}

const hostile = [
  'constructor',
  '__proto__',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  '',
  'a.b',
  'geometry.area',
  'inherited',
  'getter',
  'unlisted',
  '0',
  'apply',
  'call',
];

describe('a name that is not exported', () => {
  it.each(hostile)('%j leads nowhere, called, read or as part of a path', async (name) => {
    const { remote, touched } = exposed();
    const notFound = { code: 'METHOD_NOT_FOUND', delivery: 'not-sent' };
    await expect(remote[name]!()).rejects.toMatchObject(notFound);
    await expect(Promise.resolve(remote[name])).rejects.toMatchObject(notFound);
    for (const parent of ['add', 'secret', 'geometry']) {
      const member = remote[parent] as unknown as Anything;
      await expect(member[name]!()).rejects.toMatchObject(notFound);
    }
    expect(touched).toEqual([]);
    expect(await remote['add']!(1, 2)).toBe(3);
  });

  it('leads to no method of an instance', async () => {
    const { remote } = exposed();
    const secret = remote['secret'] as unknown as Anything;
    await expect(secret['hidden']!()).rejects.toMatchObject({ code: 'METHOD_NOT_FOUND' });
  });

  it.each([
    ['ad', 'did you mean add?'],
    ['geomtery', 'did you mean geometry?'],
    ['zzzzzzzz', 'it has add, secret, geometry'],
  ])('%s: the message says "%s"', async (name, advice) => {
    await expect(exposed().remote[name]!()).rejects.toThrow(
      `there is no "${name}" in the exposed object; ${advice}`,
    );
  });

  it('is named with its path, and cut where it is long', async () => {
    const { remote } = exposed();
    const geometry = remote['geometry'] as unknown as Anything;
    await expect(geometry['areas']!()).rejects.toThrow(
      'there is no "areas" in geometry in the exposed object; did you mean area?',
    );
    await expect(remote['add']!.call(undefined)).rejects.toMatchObject({ code: 'METHOD_NOT_FOUND' });
    const error: unknown = await remote['x'.repeat(100_000)]!().catch((caught: unknown) => caught);
    expect((error as Error).message.slice(-200)).toContain('there is no "xxx');
  });

  it('is something to read where it is a value', async () => {
    const { remote } = exposed();
    await expect(remote['geometry']!()).rejects.toThrow(
      'geometry in the exposed object is an object, no function; read it with "await remote.geometry"',
    );
  });
});

describe('a raw peer', () => {
  const ask = async (...messages: readonly RawMessage[]): Promise<RawMessage[]> => {
    const [channel, peer] = rawPeer();
    open.push(connect(channel, { expose: { add: (a: number, b: number) => a + b } }));
    peer.say(hello, ...messages, [1, 1000, ['add'], [1, 2]]);
    await peer.heard(3, 1000);
    return peer.messages.slice(0, -1);
  };

  it.each(hostile.concat('then'))('finds nothing under %j', async (name) => {
    const answers = await ask(
      [1, 1, [name], []],
      [2, 2, [name]],
      [1, 3, ['add', name], []],
      [8, 0, [name]],
      [1, 4, 0, []],
    );
    expect(answers.map(([code, id, why]) => [code, id, why])).toEqual(
      [1, 2, 3, 4].map((id) => [5, id, 'METHOD_NOT_FOUND']),
    );
  });

  it.each([
    [[1]],
    [[null]],
    [[['add']]],
    [[{}]],
    [[]],
    ['add'],
    [null],
    [{ 0: 'add', length: 1 }],
    [7],
    [-1],
    [0.5],
    ['__proto__'],
    ['length'],
  ])('is refused with the target %j', async (target) => {
    const answers = await ask([1, 1, target, []], [2, 2, target]);
    expect(answers.map(([code, id, why]) => [code, id, why])).toEqual(
      [1, 2].map((id) => [5, id, 'PROTOCOL_ERROR']),
    );
  });

  it.each([
    ['a number out of order', [8, 1, ['add']]],
    ['a path that holds more than names', [8, 0, ['add', 1]]],
    ['an empty path', [8, 0, []]],
    ['a number for a long path', [8, 0, ['x'.repeat(600)]]],
    ['an id that is no number', [1, '1', ['add'], []]],
    ['an id that is no whole number', [1, 1.5, ['add'], []]],
    ['an id of 0', [1, 0, ['add'], []]],
    ['a ping without a number', [9]],
    ['a message of an unknown kind', [99]],
    ['attachments that did not come', [1, 1, ['add'], [], 0, 3]],
    ['attachments that are no number', [1, 1, ['add'], [], 0, 'x']],
  ] as const)('ends its own session with %s', async (_, message) => {
    const [channel, peer] = rawPeer();
    const session = connect(channel, { expose: {} });
    peer.say(hello, message);
    expect(await session.closed).toMatchObject({ code: 'PROTOCOL_ERROR' });
    await peer.closed;
  });

  it('cannot have a long name of a reference kept', async () => {
    const [channel, peer] = rawPeer();
    const session = connect<{ make(): () => void }>(channel);
    open.push(session);
    peer.say(hello);
    const made = session.remote.make();
    const [, id] = await peer.heard(1);
    peer.say([3, id, ['$', 15, 1, 0, 'x'.repeat(1000)], 1, 0]);
    const call = await made;
    release(call);
    const error = (await call().then(undefined, (caught: unknown) => caught)) as Error;
    expect(error.message).toContain('x'.repeat(64));
    expect(error.message).not.toContain('x'.repeat(65));
  });

  it('runs nothing twice that it sends twice, and nothing with an id that has been', async () => {
    const [channel, peer] = rawPeer();
    let runs = 0;
    const session = connect(channel, { expose: { run: () => ++runs } });
    open.push(session);
    peer.say(
      hello,
      [1, 5, ['run'], []],
      [1, 5, ['run'], []],
      [1, 4, ['run'], []],
      [1, -5, ['run'], []],
      [1, 6, ['run'], []],
    );
    expect(await peer.heard(3, 6)).toEqual([3, 6, 2]);
    expect(runs).toBe(2);
    expect(session.stats.ignoredMessages).toBe(3);
  });
});

describe('a remote', () => {
  it('is no thenable and comes through promises as it is', async () => {
    const { remote, session } = exposed();
    expect((remote as { then?: unknown }).then).toBeUndefined();
    expect('then' in remote).toBe(false);
    expect(await Promise.resolve(remote)).toBe(remote);
    expect(await (async () => remote)()).toBe(remote);
    expect(session.stats.pendingCalls).toBe(0);
  });

  it('has each member once, and none that are symbols', () => {
    const { remote } = exposed();
    expect(remote['add']).toBe(remote['add']);
    expect((remote as unknown as Record<symbol, unknown>)[Symbol.iterator]).toBeUndefined();
  });

  it('cannot be written to', () => {
    const { remote } = exposed();
    expect(() => (remote['add'] = async () => 1)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('use assign(remote, { add: … })') as string,
      }),
    );
    expect(() => Reflect.deleteProperty(remote, 'add')).not.toThrow();
    expect(Reflect.deleteProperty(remote, 'add')).toBe(false);
    expect(Reflect.defineProperty(remote, 'add', { value: 1 })).toBe(false);
  });

  it('makes no calls of its own when one of its members is sent, which is at home what it stands for', async () => {
    const { remote, session } = exposed();
    expect(await remote['add']!(remote['geometry'], ' and its text')).toBe('[object Object] and its text');
    expect(session.stats).toMatchObject({ pendingCalls: 0, queuedBytes: 0 });
  });
});

describe('results that are thenables', () => {
  it('are awaited where they are made, and data that looks like one is data', async () => {
    const [here, there] = memoryChannels();
    const data = JSON.parse('{"then":"a text"}') as object;
    const api = {
      // What came before promises: of no class, with a `then`.
      // oxlint-disable-next-line unicorn/no-thenable -- which is the point
      thenable: () => Object.fromEntries([['then', (resolve: (value: number) => void) => resolve(5)]]),
      data: () => data,
    };
    open.push(connect(there, { expose: api }));
    const session = connect<typeof api>(here);
    open.push(session);
    expect(await session.remote.thenable()).toBe(5);
    expect(await session.remote.data()).toEqual(data);
  });
});

describe.each(everyChannel.slice(0, 4))('over %s', (_, make) => {
  it('names the module in which there is no such export', async () => {
    const opened = make();
    open.push(opened);
    const remote = opened.remote as unknown as Anything;
    for (const name of ['constructor', '__proto__', 'hasOwnProperty', '', 'a.b', 'ad'])
      await expect(remote[name]!()).rejects.toMatchObject({
        code: 'METHOD_NOT_FOUND',
        message: expect.stringMatching(/there is no ".*" in \S*everything\.js/) as string,
      });
  });
});

it('an export that is not initialised yet rejects its own call', async () => {
  const child = fork<typeof import('../fixtures/calls/early.js')>(
    new URL('../fixtures/calls/early.js', import.meta.url),
  );
  open.push(child);
  expect(await child.remote.before).toBeInstanceOf(ReferenceError);
  expect(await child.remote.after).toBe('there now');
});

it('what a module exposes later replaces its exports, names that were called before among them', async () => {
  const child = fork<typeof import('../fixtures/calls/replaced.js')>(
    new URL('../fixtures/calls/replaced.js', import.meta.url),
  );
  open.push(child);
  expect(await child.remote.who()).toBe('the module');
  await child.remote.replace();
  expect(await child.remote.who()).toBe('what was exposed later');
  await expect(child.remote.replace()).rejects.toMatchObject({ code: 'METHOD_NOT_FOUND' });
});
