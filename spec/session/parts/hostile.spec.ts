import { afterEach, describe, expect, it } from 'vitest';

import { connect, type ConnectOptions, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';

const sessions: Session<unknown>[] = [];

afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close({ graceMs: 0 })));
});

/** A peer that sends what a spec wants, with bytes. */
function hostile(options: ConnectOptions = {}) {
  const [near, far] = memoryChannels();
  const heard: unknown[][] = [];
  let wake = (): void => {};
  const closed = new Promise<Error | undefined>((resolve) => {
    far.open({
      received: (text) => {
        heard.push(...(JSON.parse(text) as unknown[][]));
        wake();
      },
      drained: () => {},
      closed: resolve,
    });
  });
  const called: unknown[] = [];
  const session = connect(near, {
    onError: () => {},
    ...options,
    expose: {
      note: (value: unknown) => void called.push(value),
      wait: () => new Promise(() => {}),
    },
  });
  sessions.push(session);
  const say = (messages: readonly unknown[], ...attachments: Uint8Array[]): void =>
    void far.send(JSON.stringify(messages), attachments);
  say([[0, 1, { session: 'raw', messageBytes: 1 << 20, exports: [] }]]);
  return {
    session,
    called,
    say,
    closed,
    async heard(code: number, id: number): Promise<unknown[]> {
      for (;;) {
        const found = heard.find((message) => message[0] === code && message[1] === id);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    ended: () => session.closed.then((error) => error),
  };
}

/** Messages, and the bytes that belong to them. */
type Batch = readonly [messages: readonly unknown[], ...bytes: Uint8Array[]];

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const call = (id: number, value: unknown): Uint8Array =>
  bytesOf(JSON.stringify([[1, id, ['note'], [value]]]));

describe('parts that come by hand', () => {
  it('make a call, among others that were made later', async () => {
    const peer = hostile();
    const text = call(1, 'in parts');
    peer.say([[25, 1, text.byteLength]]);
    peer.say([[26, 1, 0]], text.slice(0, 10));
    peer.say([[1, 2, ['note'], ['later']]]);
    expect(await peer.heard(3, 2)).toEqual([3, 2]);
    peer.say([[26, 1, 1]], text.slice(10));
    expect(await peer.heard(3, 1)).toEqual([3, 1]);
    expect(peer.called).toEqual(['later', 'in parts']);
  });

  const once = call(1, 'once');
  const whole: readonly Batch[] = [
    [[[25, 1, once.byteLength]]],
    [[[26, 1, 0]], once.slice(0, 10)],
    [[[26, 1, 1]], once.slice(10)],
  ];
  const next = call(2, 'next');
  const waiting = bytesOf('[[1,1,["wait"],[]]]');

  it.each<{ what: string; batches: readonly Batch[]; called: readonly string[]; stats: object }>([
    {
      what: 'that come twice count once, and so does a message that does',
      batches: [...whole.flatMap((batch) => [batch, batch]), ...whole],
      called: ['once'],
      stats: {},
    },
    {
      what: 'of a message that is dropped are forgotten, and the next is read',
      batches: [
        [
          [
            [25, 1, 1000],
            [26, 1, 0],
            [27, 1],
            [25, 2, next.byteLength],
            [26, 2, 0],
          ],
          bytesOf('[[1,'),
          next,
        ],
        // What comes of it all the same is late.
        [[[26, 1, 1]], bytesOf('x')],
      ],
      called: ['next'],
      stats: {},
    },
    {
      what: 'of a call that runs do not make it a second time',
      batches: [1, 2, 3].map((number): Batch => [
        [
          [25, number, waiting.byteLength],
          [26, number, 0],
        ],
        waiting,
      ]),
      called: [],
      stats: { runningCalls: 1, ignoredMessages: 2 },
    },
  ])('$what', async ({ batches, called, stats }) => {
    const peer = hostile();
    for (const [messages, ...bytes] of batches) peer.say(messages, ...bytes.map((part) => part.slice()));
    peer.say([[9, 1]]);
    await peer.heard(10, 1);
    expect(peer.called).toEqual(called);
    expect(peer.session.stats).toMatchObject(stats);
  });
});

describe('a session is ended with PROTOCOL_ERROR by', () => {
  const ten = new Uint8Array(10);
  const text = call(1, 'x');
  const cases: readonly (readonly [what: string, messages: readonly unknown[], ...bytes: Uint8Array[]])[] = [
    ['more than is taken, before any of it comes', [[25, 1, 2000]]],
    ['attachments of more than is taken', [[25, 1, 10, [500, 600]]]],
    ['more attachments than are taken', [[25, 1, 10, Array.from({ length: 300 }, () => 0)]]],
    [
      'two messages at once',
      [
        [25, 1, 10],
        [25, 2, 10],
      ],
    ],
    ['a part of what was not begun', [[26, 1, 0]], ten],
    ['the end of what was not begun', [[27, 1]]],
    [
      'a part out of order',
      [
        [25, 1, 100],
        [26, 1, 1],
      ],
      ten,
    ],
    [
      'a part without a place',
      [
        [25, 1, 100],
        [26, 1],
      ],
      ten,
    ],
    [
      'a part without bytes',
      [
        [25, 1, 100],
        [26, 1, 0],
      ],
      new Uint8Array(0),
    ],
    [
      'a part without an attachment',
      [
        [25, 1, 100],
        [26, 1, 0],
      ],
    ],
    [
      'more of a text than was announced',
      [
        [25, 1, 5],
        [26, 1, 0],
      ],
      ten,
    ],
    [
      'more of an attachment than was announced',
      [
        [25, 1, 10, [5]],
        [26, 1, 0],
        [26, 1, 1],
      ],
      ten,
      ten,
    ],
    ['a size below 0', [[25, 1, -1]]],
    ['a size that is no number', [[25, 1, 10, ['5']]]],
    ['sizes that are no list', [[25, 1, 10, 5]]],
    ['no text', [[25, 1, 0]]],
    ['a number that is none', [[25, 'one', 10]]],
    [
      'what is not JSON',
      [
        [25, 1, 10],
        [26, 1, 0],
      ],
      ten,
    ],
    [
      'two messages where there was to be one',
      [
        [25, 1, 11],
        [26, 1, 0],
      ],
      bytesOf('[[10,1],[9]]'.slice(0, 11)),
    ],
    [
      'parts within parts',
      [
        [25, 1, 10],
        [26, 1, 0],
      ],
      bytesOf('[[25,1,9]]'),
    ],
    [
      'fewer attachments than it needs',
      [
        [25, 1, 31],
        [26, 1, 0],
      ],
      bytesOf('[[1,1,["note"],["$",10,1,0],1,1]]'.padEnd(31).slice(0, 31)),
    ],
    [
      'more attachments than it needs',
      [
        [25, 1, text.byteLength, [10]],
        [26, 1, 0],
        [26, 1, 1],
      ],
      text,
      ten,
    ],
    [
      'values that are nested too deeply',
      [
        [25, 1, 900],
        [26, 1, 0],
      ],
      bytesOf('['.repeat(900)),
    ],
  ];

  it.each(cases.map(([what, messages, ...bytes]) => ({ what, messages, bytes })))(
    '$what',
    async ({ messages, bytes }) => {
      const peer = hostile({ limits: { messageBytes: 1024, depth: 10 } });
      peer.say(messages, ...bytes.map((part) => part.slice()));
      expect(await peer.ended()).toMatchObject({ code: 'PROTOCOL_ERROR' });
      expect(peer.called).toEqual([]);
    },
  );
});
