// A peer that says whatever comes to its mind, in messages that are almost right.
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';

import { connect, RpcError } from 'portcall';

import { hello, rawPeer, type RawMessage } from '../session/raw-peer.ts';
import { holds } from './fuzz.ts';

const unhandled: unknown[] = [];
const onUnhandled = (error: unknown): void => void unhandled.push(error);

beforeAll(() => {
  process.on('unhandledRejection', onUnhandled).on('uncaughtException', onUnhandled);
});

afterAll(() => {
  process.off('unhandledRejection', onUnhandled).off('uncaughtException', onUnhandled);
});

const id = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 12 }) },
  { weight: 2, arbitrary: fc.integer({ min: -12, max: 0 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(1.5, null, '1', 2 ** 53, -0, 1e300, {}, []) },
);

const name = fc.constantFrom(
  'add',
  'echo',
  'later',
  'give',
  'call',
  'count',
  'Counter',
  'increment',
  'fail',
  'constructor',
  '__proto__',
  'then',
  'toString',
  '',
);
const path = fc.array(name, { maxLength: 3 });
const target: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: path },
  { weight: 3, arbitrary: fc.tuple(id, path).map(([base, names]) => [base, ...names]) },
  { weight: 2, arbitrary: id },
);

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, 0, 1, 'text', '$', '$$'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'then', '__proto__', 'constructor'), tie('value'), { maxKeys: 3 }),
    fc
      .tuple(fc.integer({ min: -1, max: 22 }), fc.array(fc.oneof(id, name, tie('value')), { maxLength: 4 }))
      .map(([tag, fields]) => ['$', tag, ...fields]),
    fc.tuple(id, fc.integer({ min: 0, max: 2 }), name).map((fields) => ['$', 15, ...fields]),
    fc.tuple(id, path).map(([base, names]) => ['$', 16, base, ...names]),
    fc
      .tuple(id, fc.integer({ min: 0, max: 9 }), fc.nat(20), fc.nat(2000), id)
      .map((fields) => ['$', 17, ...fields]),
  ),
}));

const form = fc.constantFrom<unknown>(1, 1, 1, 1, 0, 2, null, 'x');
const attached = fc.constantFrom<unknown>(0, 0, 0, 0, 1, -1);
const args = fc.oneof({ weight: 5, arbitrary: fc.array(value, { maxLength: 3 }) }, value);
const extras = fc.oneof(
  fc.record(
    {
      keep: fc.constant(true),
      uses: fc.array(id, { maxLength: 2 }),
      timeoutMs: fc.integer({ min: -1, max: 50 }),
      metadata: fc.constantFrom<unknown>({ a: 1 }, null, 'x'),
    },
    { requiredKeys: [] },
  ),
  fc.constantFrom<unknown>(null, 1, 'x', []),
);
const small = fc.oneof(fc.integer({ min: -2, max: 300 }), id);

/** Messages of each kind, with fields that are mostly of the right sort. */
const message: fc.Arbitrary<RawMessage> = fc
  .oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(fc.constantFrom(1, 1, 1, 12), id, target, args, form, attached, extras),
    },
    { weight: 2, arbitrary: fc.tuple(fc.constant(2), id, target, extras) },
    { weight: 1, arbitrary: fc.tuple(fc.constant(13), id, target, fc.tuple(value), form, attached, extras) },
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom(3, 4), id, value, form, attached) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constant(5), id, fc.constantFrom('TIMEOUT', 'OVERLOADED', 7), fc.string()),
    },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom(6, 7), id, value, form, attached) },
    { weight: 1, arbitrary: fc.tuple(fc.constant(8), fc.nat(3), path) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(9, 10), id) },
    { weight: 2, arbitrary: fc.tuple(fc.constant(14), id, small) },
    { weight: 3, arbitrary: fc.tuple(fc.constant(15), id, value, form, attached, small) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom(16, 17, 20), id, value, form, attached) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom(18, 21), id, small, small) },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constant(19), id, fc.integer({ min: -1, max: 3 }), value, form, attached),
    },
    { weight: 2, arbitrary: fc.tuple(fc.constant(28), id, target, args, args, args) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom(29, 30), id, value, value, value) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(11, 0, 22, -1, 99), fc.jsonValue()) },
  )
  // Fields at the end are often left out.
  .chain((fields) =>
    fc.integer({ min: 2, max: fields.length }).map((kept) => fields.slice(0, kept) as never),
  );

const batches = fc.array(fc.array(message, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 });

class Counter {
  count = 0;
  increment(): number {
    return ++this.count;
  }
}

const prototypes = [Object.prototype, Array.prototype, Function.prototype, Error.prototype, Map.prototype];
const membersOf = (): number[] => prototypes.map((prototype) => Reflect.ownKeys(prototype).length);

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a session, to a peer that says whatever comes to its mind', () => {
  holds(
    'goes on or ends with a PROTOCOL_ERROR, and leaves nothing behind',
    250,
    fc.asyncProperty(batches, async (said) => {
      const before = membersOf();
      const [channel, peer] = rawPeer();
      const calls: Promise<unknown>[] = [];
      const settle = (call: Promise<unknown>): void => {
        calls.push(call.then(() => {}).catch(() => {}));
      };
      const session = connect<Record<string, (...all: readonly unknown[]) => Promise<unknown>>>(channel, {
        expose: {
          add: (a: number, b: number) => a + b,
          echo: (...all: unknown[]) => all,
          later: () => turn(),
          give: () => ({ back: () => 1, counter: new Counter() }),
          call: (callback: unknown) => {
            if (typeof callback === 'function') settle((callback as () => Promise<unknown>)());
          },
          count: async function* count(to: number) {
            for (let at = 0; at < Math.min(Number.isFinite(to) ? to : 0, 50); at++) yield at;
          },
          fail: () => {
            throw new TypeError('failed');
          },
          Counter,
        },
        onError: () => {},
        limits: { references: 100, streams: 20, runningCalls: 50 },
      });
      settle(session.remote['theirs']!(1, () => {}));
      settle(session.remote['other']!([1, 2, 3].values()));
      peer.say(hello);
      for (const batch of said) {
        peer.sayText(JSON.stringify(batch));
        await turn();
      }
      await turn();
      const closed = await Promise.race([session.closed.then((error) => ({ error })), turn()]);
      if (closed?.error !== undefined) {
        expect(closed.error).toBeInstanceOf(RpcError);
        expect((closed.error as RpcError).code).toBe('PROTOCOL_ERROR');
      }
      for (const text of peer.batches.flat()) expect(Number.isInteger(text[0])).toBe(true);
      await peer.close();
      await session.close({ graceMs: 0 });
      await Promise.all(calls);
      await turn();
      expect(session.stats).toMatchObject({
        pendingCalls: 0,
        queuedBytes: 0,
        exportedReferences: 0,
        importedReferences: 0,
        openStreams: 0,
      });
      expect(membersOf()).toEqual(before);
      expect(unhandled.splice(0)).toEqual([]);
    }),
  );
});
