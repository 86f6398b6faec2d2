import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Remote } from 'portcall';
import { describe, expect, onTestFinished, test } from 'vitest';

import { copying, every, type Carried } from './channels.ts';

/** Two ports, closed with the test. */
function ports(): [MessagePort, MessagePort] {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  return [port1, port2];
}

async function next(port: MessagePort): Promise<unknown> {
  const [message] = (await once(port, 'message')) as unknown[];
  return message;
}

describe.each(Object.keys(every) as (keyof typeof every)[])('over %s', (name) => {
  test('a port arrives as a MessagePort that leads back, with what was posted before', async () => {
    const { remote } = every[name]();
    const [here, there] = ports();
    here.postMessage('early');
    expect(await remote.answer(there)).toBe(true);
    expect(await next(here)).toEqual({ answer: 'early' });
    const rich = { at: new Date(0), map: new Map([['a', 1n]]), bytes: new Uint8Array([1, 2]), no: undefined };
    here.postMessage(rich);
    expect(await next(here)).toEqual({ answer: rich });
  });

  test('a port in a result leads to the other side', async () => {
    const port = await opened(every[name]().remote);
    port.postMessage([1]);
    expect(await next(port)).toEqual({ answer: [1] });
    port.close();
  });

  test('ports and memory in messages of a port are moved on', async () => {
    const port = await opened(every[name]().remote);
    const [here, there] = ports();
    const bytes = new Uint8Array([1, 2, 3]);
    port.postMessage({ bytes }, [bytes.buffer]);
    expect([bytes.byteLength, await next(port)]).toEqual([
      0,
      { answer: { bytes: new Uint8Array([1, 2, 3]) } },
    ]);
    const passed = (await passOn(every[name]().remote, there)).through;
    passed.postMessage('around');
    expect(await next(here)).toBe('around');
    passed.close();
    await once(here, 'close');
    port.close();
  });

  test('messages wait until somebody listens, and come in order', async () => {
    const { remote } = every[name]();
    const [here, there] = ports();
    await remote.keep(there);
    const sent = Array.from({ length: 500 }, (_, index) => index);
    for (const message of [...sent, 'last']) here.postMessage(message);
    expect(await remote.listenLate()).toEqual([...sent, 'last']);
    await once(here, 'close');
  });

  test('closing either end closes the other, after what was posted', async () => {
    const { remote } = every[name]();
    const [here, there] = ports();
    const over = remote.untilClosed(there);
    here.postMessage('last words');
    here.close();
    expect(await over).toEqual(['last words']);
    const [again, given] = ports();
    await remote.closeIt(given);
    again.start();
    await once(again, 'close');
  });

  test('a port that has been sent is of no use to the sender any more', async () => {
    const { remote } = every[name]();
    const [here, there] = ports();
    await remote.answer(there);
    there.postMessage('lost');
    here.postMessage('kept');
    expect(await next(here)).toEqual({ answer: 'kept' });
  });

  test('a port of a call that is not sent stays', async () => {
    const { remote } = every[name]();
    const [here, there] = ports();
    await expect(remote.echo([there, Symbol('no')])).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
    there.postMessage('still here');
    expect(await next(here)).toBe('still here');
  });

  test('a port that was sent before arrives closed', async () => {
    const { remote } = every[name]();
    const [, there] = ports();
    await remote.keep(there);
    expect(await remote.untilClosed(there)).toEqual([]);
  });

  test('a port of a call that is given up before it was sent is closed', async () => {
    const session = every[name]();
    const [here, there] = ports();
    const giveUp = new AbortController();
    // The other side has not said hello, so nothing has left.
    const call = session.with({ signal: giveUp.signal }).answer(there);
    here.start();
    const closed = once(here, 'close');
    await Promise.resolve();
    giveUp.abort();
    await expect(call).rejects.toThrow('abort');
    await closed;
    expect(session.stats.openStreams).toBe(0);
  });

  test('a port that nobody reads is closed', async () => {
    const { remote } = every[name]();
    const [here, there] = ports();
    here.start();
    const closed = once(here, 'close');
    const { missing } = remote as unknown as { missing: (port: MessagePort) => Promise<void> };
    await expect(missing(there)).rejects.toMatchObject({ code: 'METHOD_NOT_FOUND' });
    await closed;
  });

  test('ports close with their session', async () => {
    const { remote, close } = every[name]();
    const [here, there] = ports();
    await remote.answer(there);
    here.start();
    const closed = once(here, 'close');
    if (name in copying) await close();
    else here.close();
    await closed;
  });
});

describe.each(Object.keys(copying) as (keyof typeof copying)[])('over %s', (name) => {
  test('more than a window goes through, both ways', async () => {
    const { remote } = copying[name]({ limits: { streamItems: 8, streamBytes: 4096 } });
    const [here, there] = ports();
    const seen: unknown[] = [];
    const all = new Promise<void>((resolve) => {
      here.on('message', (message) => {
        seen.push(message);
        if (message === 'last') resolve();
      });
    });
    await remote.flood(there, 2000);
    await all;
    expect(seen).toEqual([...Array.from({ length: 2000 }, (_, index) => index), 'last']);
    const [big, given] = ports();
    await remote.answer(given);
    for (let index = 0; index < 20; index++) big.postMessage(String(index).padEnd(3000));
    for (let index = 0; index < 20; index++)
      expect(await next(big)).toEqual({ answer: String(index).padEnd(3000) });
  });

  test('open tunnels are counted, and bounded', async () => {
    const session = copying[name]({ limits: { streams: 2 } });
    const ends = [ports(), ports(), ports()];
    await session.remote.keep(ends[0]![1]);
    await session.remote.keep(ends[1]![1]);
    expect(session.stats.openStreams).toBe(2);
    await expect(session.remote.keep(ends[2]![1])).rejects.toMatchObject({ code: 'OVERLOADED' });
    for (const [here] of ends) {
      here.start();
      here.close();
    }
    await expect.poll(() => session.stats.openStreams).toBe(0);
  });
});

test.each(['fork over a pipe', 'fork over ipc', 'fork over stdio'] as const)(
  '%s: a child that dies closes its ports',
  async (name) => {
    const { remote } = copying[name]();
    const [here, there] = ports();
    await remote.answer(there);
    here.start();
    const closed = once(here, 'close');
    await remote.exit().catch(() => {});
    await closed;
  },
);

test('a message that cannot be sent on is told of, and the others go on', async () => {
  const errors: unknown[] = [];
  const { remote } = copying.streams({ onError: (error) => errors.push(error), limits: { depth: 5 } });
  const [here, there] = ports();
  await remote.answer(there);
  here.postMessage([[[[[[[[1]]]]]]]]);
  here.postMessage('fine');
  expect(await next(here)).toEqual({ answer: 'fine' });
  expect(errors).toMatchObject([{ code: 'NOT_SERIALIZABLE' }]);
});

function opened(remote: Remote<Carried>): Promise<MessagePort> {
  return remote.open();
}

async function passOn(remote: Remote<Carried>, port: MessagePort): Promise<{ through: MessagePort }> {
  const first = await remote.passOn(port);
  const message = await next(first);
  first.close();
  return message as { through: MessagePort };
}
