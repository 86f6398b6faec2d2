import { once } from 'node:events';
import { fork as forkByHand } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';

import { connect, expose, fork, RpcError, spawn, worker, type Child, type Session } from 'portcall';
import { comlink } from 'portcall/comlink';
import { memoryChannels } from 'portcall/testing';

import { hello, rawPeer } from './raw-peer.ts';

interface Plugin {
  provoke(how: string): Promise<Shown>;
  pattern(): RegExp;
  text(length: number): string;
  list(length: number): number[];
  add(a: number, b: number): number;
}

interface Shown {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly own: string[];
  readonly code?: unknown;
  readonly errors?: number;
}

const url = new URL('../fixtures/trust/plugin.js', import.meta.url);
const open: (Pick<Session<unknown>, 'close'> | Child<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close({ graceMs: 0 })));
});

const secret = '/home/alice/secret/config.json';

function make(how: string): unknown {
  const details = { path: secret, code: 'ENOENT', syscall: 'open' };
  switch (how) {
    case 'plain':
      return Object.assign(new TypeError('no such file', { cause: new Error(secret) }), details);
    case 'aggregate':
      return new AggregateError([new Error(secret)], 'several');
    case 'own class':
      return new (class SecretStoreError extends Error {})('locked');
    case 'abort':
      return new DOMException('stopped', 'AbortError');
    case 'rpc':
      return new RpcError('CHILD_EXITED', `process 7 (file://${secret}) was ended by SIGKILL`, {
        delivery: 'unknown',
        exit: { code: null, signal: 'SIGKILL', stderr: secret },
      });
    default:
      return new RpcError('OVERLOADED', 'later', { cause: new Error(secret) });
  }
}

const parent = {
  fail(how: string): unknown {
    const [kind = '', wrapped] = how.split(' in ');
    const error = make(kind);
    if (wrapped === undefined) throw error;
    return { inside: error };
  },
};

describe.each([
  ['a process over the pipe', () => fork<Plugin>(url, { trust: 'none', expose: parent })],
  ['a process over stdio', () => fork<Plugin>(url, { trust: 'none', channel: 'stdio', expose: parent })],
  ['a thread', () => worker<Plugin>(url, { trust: 'none', expose: parent })],
])("errors to %s with trust: 'none'", (_, start) => {
  it('leave with code and message only, thrown and among results', async () => {
    const child = start();
    open.push(child);
    const hows = [
      'plain',
      'aggregate',
      'own class',
      'abort',
      'rpc',
      'rpc in result',
      'plain in result',
      'other',
    ];
    const shown = await Promise.all(hows.map((how) => child.remote.provoke(how)));
    const text = JSON.stringify(shown);
    expect(text).not.toContain('alice');
    expect(text).not.toContain('SecretStoreError');
    expect(text).not.toContain('trust.spec');
    const plain = {
      name: 'TypeError',
      message: 'no such file',
      code: 'ENOENT',
      own: ['code', 'message', 'stack'],
    };
    expect(shown).toMatchObject([
      plain,
      { name: 'AggregateError', message: 'several', errors: 0 },
      { name: 'Error', message: 'locked' },
      { name: 'AbortError', message: 'stopped' },
      { message: 'the function failed at the other side with CHILD_EXITED', code: 'CHILD_EXITED' },
      { returned: { code: 'CHILD_EXITED' } },
      { returned: plain },
      { message: 'later', code: 'OVERLOADED' },
    ]);
  });
});

describe("a side with trust: 'none'", () => {
  it('makes no regular expression of what arrives, which fails that call alone', async () => {
    const child = fork<Plugin>(url, { trust: 'none', expose: parent });
    open.push(child);
    await expect(child.remote.pattern()).rejects.toMatchObject({
      code: 'PROTOCOL_ERROR',
      message: expect.stringContaining('send its source') as string,
    });
    expect(await child.remote.add(1, 2)).toBe(3);
  });

  it('makes none of an argument either', async () => {
    const [channel, peer] = rawPeer();
    open.push(connect(channel, { trust: 'none', expose: parent }));
    peer.say(hello, [1, 1, ['fail'], [['$', 5, '(a+)+$', '']], 1]);
    expect((await peer.heard(5, 1)).slice(2, 3)).toEqual(['PROTOCOL_ERROR']);
  });

  it('has the smaller limits, a child its parent’s, over which one’s own go', async () => {
    const child = fork<Plugin>(url, { trust: 'none', expose: parent });
    open.push(child);
    await expect(child.remote.text(4 * 1024 * 1024)).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await expect(child.remote.list(200_001)).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
    const roomy = fork<Plugin>(url, { trust: 'none', expose: parent, limits: { elements: 300_000 } });
    open.push(roomy);
    expect(await roomy.remote.list(200_001)).toHaveLength(200_001);
  });

  it('holds results against depth as it does arguments', async () => {
    const [channel, peer] = rawPeer();
    const session = connect<Plugin>(channel, { trust: 'none' });
    open.push(session);
    peer.say(hello);
    const call = session.remote.add(1, 2).catch((error: unknown) => error);
    await peer.heard(1, 1);
    peer.sayText(`[[3,1,${'['.repeat(5000)}${']'.repeat(5000)}]]`);
    expect(await call).toMatchObject({ code: 'PROTOCOL_ERROR', delivery: 'unknown' });
  });

  it('names no module to who calls what is not there', async () => {
    const [here, there] = memoryChannels();
    open.push(connect(here, { trust: 'none', expose: parent }));
    const far = connect<{ nothing(): void }>(there);
    open.push(far);
    await expect(far.remote.nothing()).rejects.toMatchObject({
      code: 'METHOD_NOT_FOUND',
      message: expect.not.stringContaining('file:') as string,
    });
  });

  it("is never over Node's own IPC", async () => {
    const trust = 'none';
    const refused = { code: 'INVALID_OPTION', message: expect.stringContaining("trust is 'none'") as string };
    expect(() => fork(url, { channel: 'ipc', trust })).toThrow(expect.objectContaining(refused) as Error);
    const byHand = forkByHand(new URL('../fixtures/channels/exposing.js', import.meta.url), { silent: true });
    try {
      expect(() => connect(byHand, { trust })).toThrow(expect.objectContaining(refused) as Error);
    } finally {
      byHand.kill('SIGKILL');
      await once(byHand, 'exit');
    }
  });

  it('speaks no protocol but Portcall’s', async () => {
    const thread = new Worker('', { eval: true });
    expect(() => connect(thread, { trust: 'none', protocol: comlink })).toThrow(/trust is 'none'/);
    await thread.terminate();
  });

  it.each([
    ['connect', (trust: never) => connect(memoryChannels()[0], { trust })],
    ['fork', (trust: never) => fork(url, { trust })],
    ['worker', (trust: never) => worker(url, { trust })],
    ['spawn', (trust: never) => spawn('true', [], { trust })],
    ['expose', (trust: never) => expose({}, { endpoint: memoryChannels()[0], trust })],
  ])('is asked for in one of two words at %s', (_, ask) => {
    expect(() => ask('some' as never)).toThrow(/'full', 'none'/);
  });
});

it("with trust: 'full' errors arrive whole", async () => {
  const child = fork<Plugin>(url, { expose: parent });
  open.push(child);
  const { own, stack } = await child.remote.provoke('plain');
  expect(own).toEqual(expect.arrayContaining(['cause', 'path', 'syscall']));
  expect(stack).toContain('trust.spec');
});
