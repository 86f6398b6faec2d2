import type { MessagePort } from 'node:worker_threads';
import { connect, type Session } from 'portcall';
import { afterEach, describe, expect, it } from 'vitest';

import { hello, rawPeer, type RawMessage, type RawPeer } from './raw-peer.ts';

const open: Session<unknown>[] = [];
const errors: unknown[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close({ graceMs: 0 })));
  errors.length = 0;
});

interface Api {
  take(...values: unknown[]): unknown;
}

function peer(): { raw: RawPeer; session: Session<Api>; taken: unknown[] } {
  const taken: unknown[] = [];
  const [channel, raw] = rawPeer();
  // As over a channel that carries nothing but bytes.
  const plain = { ...bound(channel), carries: {} };
  const session = connect<Api>(plain, {
    expose: { take: (...values: unknown[]) => void taken.push(...values) },
    limits: { streams: 2, streamItems: 2 },
    onError: (error) => errors.push(error),
  });
  open.push(session);
  raw.say(hello);
  return { raw, session, taken };
}

function bound(channel: Parameters<typeof connect>[0] & object) {
  const {
    open: begin,
    send,
    close,
    destroy,
  } = channel as never as Record<string, (...args: never[]) => never>;
  return {
    open: begin!.bind(channel),
    send: send!.bind(channel),
    close: close!.bind(channel),
    destroy: destroy!.bind(channel),
  };
}

const takes = (id: number, ...values: unknown[]): RawMessage => [1, id, ['take'], values, 1];

describe('a port that is forged', () => {
  it.each([
    ['with the number of the endpoint', ['$', 21, 0, 1, 1]],
    ['with a number that is none', ['$', 21, -1, 1, 1]],
    ['as one that the channel carries', ['$', 19, 0]],
    ['as a handle', ['$', 22, 0]],
    ['as shared memory', ['$', 18, 0, 0, 0, 8]],
  ])('%s fails its call, and no other', async (_, value) => {
    const { raw, taken } = peer();
    raw.say(takes(1, value), takes(2, 'fine'));
    expect((await raw.heard(5, 1))[2]).toBe('PROTOCOL_ERROR');
    await raw.heard(3, 2);
    expect(taken).toEqual(['fine']);
  });

  it('is refused where it comes twice, and past the limit', async () => {
    const { raw, taken } = peer();
    raw.say(takes(1, ['$', 21, 1, 9, 9]), takes(2, ['$', 21, 1, 9, 9]), takes(3, ['$', 21, 2, 9, 9]));
    raw.say(takes(4, ['$', 21, 3, 9, 9]));
    expect((await raw.heard(5, 2))[2]).toBe('PROTOCOL_ERROR');
    expect((await raw.heard(5, 4))[3]).toContain('limits.streams');
    expect(taken).toHaveLength(2);
    for (const port of taken as MessagePort[]) port.close();
  });
});

describe('a message for a port', () => {
  it('that is not there, or closed, is ignored, and what it brings given back', async () => {
    const { raw } = peer();
    raw.say([22, 7, 'lost'], [23, 7], [24, 7, 1, 1], [22, 8, ['$', 21, 5, 1, 1], 1]);
    // The port that came with it is closed.
    expect(await raw.heard(23)).toEqual([23, -5]);
    raw.say([9, 1]);
    await raw.heard(10, 1);
  });

  it('that allows what is no number ends the session', async () => {
    const { raw } = peer();
    raw.say([24, 0, 1, 'much']);
    expect(await raw.closed.then(() => 'closed')).toBe('closed');
  });
});

it('an endpoint that nobody has made here delivers nothing', async () => {
  const { raw } = peer();
  raw.say([22, 0, { id: 'x', type: 'GET', path: [] }]);
  raw.say([9, 1]);
  await raw.heard(10, 1);
  expect(errors).toMatchObject([{ code: 'PROTOCOL_ERROR' }]);
  expect(raw.messages.filter(([code]) => code >= 22)).toEqual([]);
});
