import { once } from 'node:events';
import { connect as dial, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect, type Session } from 'portcall';
import { expect, onTestFinished, test } from 'vitest';

interface Api {
  add(a: number, b: number): number;
}

test('a session can be made over a socket that is still connecting', async () => {
  const port = await serve();
  const socket = dial(port, '127.0.0.1');
  expect(socket.connecting).toBe(true);
  const session = over(socket);
  await expect(session.remote.add(2, 3)).resolves.toBe(5);
  await session.close();
  expect(await session.closed).toBeUndefined();
});

test('a session can be made over a socket that is connected', async () => {
  const port = await serve();
  const socket = dial(port, '127.0.0.1');
  await once(socket, 'connect');
  const session = over(socket);
  await expect(session.remote.add(2, 3)).resolves.toBe(5);
  await session.close();
});

test('a socket that cannot connect rejects what waits for it, with the reason', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');

  const session = over(dial(port, '127.0.0.1'));
  await expect(session.remote.add(2, 3)).rejects.toMatchObject({
    code: 'CHANNEL_CLOSED',
    delivery: 'not-sent',
    cause: { code: 'ECONNREFUSED' },
  });
  await expect(session.ready).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
});

function over(socket: Socket): Session<Api> {
  const session = connect<Api>(socket);
  onTestFinished(() => session.close({ graceMs: 0 }));
  return session;
}

/** A server whose every connection is a session that offers {@link Api}. Returns its port. */
async function serve(): Promise<number> {
  const server = createServer((socket) => {
    connect(socket, { expose: { add: (a: number, b: number) => a + b } });
  });
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
