import { fork as nodeFork } from 'node:child_process';
import { once } from 'node:events';
import { connect as dial, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect, fork, worker, type ForkOptions } from 'portcall';
import { describe, expect, onTestFinished, test } from 'vitest';

type Module = typeof import('../fixtures/transfer/handles.js');

const url = new URL('../fixtures/transfer/handles.js', import.meta.url);

function start(options: ForkOptions) {
  const child = fork<Module>(url, options);
  onTestFinished(() => child.close());
  return child;
}

/** A server of this process. */
async function listening(): Promise<Server> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return server;
}

/** The two ends of a connection: the client's, and the one to pass on. */
async function connection(): Promise<[client: Socket, accepted: Socket]> {
  const server = await listening();
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = clientOf(server);
  return [client, (await accepted)[0]];
}

function clientOf(server: Server): Socket {
  return clientTo((server.address() as AddressInfo).port);
}

function clientTo(port: number): Socket {
  const client = dial(port, '127.0.0.1');
  onTestFinished(() => void client.destroy());
  return client;
}

describe.each<[string, ForkOptions]>([
  ['a pipe', { handles: true }],
  ['stdio', { channel: 'stdio', handles: true }],
  ['ipc', { channel: 'ipc' }],
])('over %s', (_, options) => {
  test('a socket is passed as itself, and is no longer here', async () => {
    const child = start(options);
    const [client, accepted] = await connection();
    expect(await child.remote.reply(accepted, 'hello')).toBe(true);
    expect(await text(client)).toBe(`hello from ${child.pid}`);
    expect(accepted.address()).toEqual({});
    await expect(child.remote.reply(accepted, 'again')).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
  });

  test('a server is passed, and both listen', async () => {
    const child = start(options);
    const server = await listening();
    const { port } = server.address() as AddressInfo;
    expect(await child.remote.serve(server)).toBe(true);
    // From here on only the child listens.
    server.close();
    await once(server, 'close');
    expect(await text(clientTo(port))).toBe(`served by ${child.pid}`);
  });

  test('a server of the child comes back', async () => {
    const child = start(options);
    const server = await child.remote.listen();
    onTestFinished(() => void server.close());
    server.on('connection', (socket) => socket.end('served here'));
    expect(await text(clientOf(server))).toBe('served here');
  });

  test('several in one call, and calls start in their order', async () => {
    const child = start(options);
    const [[a, first], [b, second]] = await Promise.all([connection(), connection()]);
    const all = [
      child.remote.note('one'),
      child.remote.note('two', first),
      child.remote.note('three'),
      child.remote.note('four', second),
      child.remote.note('five'),
    ];
    await Promise.all(all);
    expect(await child.remote.noted()).toEqual(['one', 'two', 'three', 'four', 'five']);
    await Promise.all([text(a).catch(() => ''), text(b).catch(() => '')]);
  });

  test('the module sees nothing of it among its own messages', async () => {
    const child = start(options);
    const [, accepted] = await connection();
    await child.remote.reply(accepted, 'hello');
    expect(await child.remote.messages()).toEqual([]);
  });

  test('one that is closed meanwhile fails its own call', async () => {
    const child = start(options);
    const [, accepted] = await connection();
    const call = child.remote.reply(accepted, 'hello');
    accepted.destroy();
    await expect(call).rejects.toMatchObject({
      code: 'PROTOCOL_ERROR',
      message: expect.stringContaining('handle') as string,
    });
    expect(await child.remote.noted()).toEqual([]);
  });

  test('nothing is left of the child once it is closed', async () => {
    const child = start(options);
    const [client, accepted] = await connection();
    await child.remote.reply(accepted, 'hello');
    await text(client);
    await child.close();
    expect(await child.exited).toMatchObject({ code: 0 });
  });
});

test('a module that disconnects its IPC fails the calls with handles, and no others', async () => {
  const child = start({ handles: true });
  const [, accepted] = await connection();
  await child.remote.disconnect();
  await expect(child.remote.reply(accepted, 'hello')).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
  expect(await child.remote.noted()).toEqual([]);
});

test('over the IPC of a process that was forked by hand', async () => {
  const child = nodeFork(new URL('../fixtures/transfer/by-hand.js', import.meta.url));
  onTestFinished(() => void child.kill());
  const session = connect<Module>(child);
  const [client, accepted] = await connection();
  expect(await session.remote.reply(accepted, 'hello')).toBe(true);
  expect(await text(client)).toBe(`hello from ${child.pid}`);
  await session.close();
});

describe.each<[string, () => { remote: unknown; close(): Promise<void> }]>([
  ['a pipe without handles', () => fork(url)],
  ['stdio without handles', () => fork(url, { channel: 'stdio' })],
  ['a worker', () => worker(url)],
])('over %s', (_, open) => {
  test('sockets and servers are refused, with what to do', async () => {
    const child = open();
    onTestFinished(() => child.close());
    const remote = child.remote as { kind(value: unknown): Promise<string>; hasSend(): Promise<string> };
    const [, accepted] = await connection();
    for (const value of [accepted, await listening()])
      await expect(remote.kind({ value })).rejects.toMatchObject({
        code: 'NOT_SERIALIZABLE',
        message: expect.stringMatching(/arguments\[0\]\.value .+handles: true/) as string,
      });
    expect(accepted.destroyed).toBe(false);
    expect(await remote.hasSend()).toBe('undefined');
    accepted.destroy();
  });
});

test('a server that does not listen is refused', async () => {
  const child = start({ handles: true });
  await expect(child.remote.serve(createServer())).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
});
