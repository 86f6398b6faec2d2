import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { connect, fork, worker, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';

import * as failing from '../fixtures/calls/failing.js';

type Failing = typeof failing;

const url = new URL('../fixtures/calls/failing.js', import.meta.url);

const callees: readonly (readonly [string, () => Pick<Session<Failing>, 'remote' | 'close' | 'with'>])[] = [
  ['fork', () => fork<Failing>(url)],
  ['fork over ipc', () => fork<Failing>(url, { channel: 'ipc' })],
  ['worker', () => worker<Failing>(url)],
  ['memory', overMemory],
];

function overMemory(): Session<Failing> {
  const [here, there] = memoryChannels();
  connect(there, { expose: failing });
  return connect<Failing>(here);
}

/** What a call rejects with. */
async function rejection(call: Promise<unknown>): Promise<unknown> {
  const [outcome] = await Promise.allSettled([call]);
  if (outcome.status === 'fulfilled') throw new Error('it did not reject');
  return outcome.reason;
}

const notOurs = /portcall\/(dist|lib)|dist\/bootstrap|calledByPortcall|Responder|Caller/;

describe.each(callees)('errors over %s', (_, open) => {
  let opened: ReturnType<typeof open>;
  beforeAll(() => {
    opened = open();
  });
  afterAll(() => opened.close());

  async function theSpecsOwnFunction(
    name: 'failDeeply' | 'failLaterDeeply' | 'failWithCause',
  ): Promise<unknown> {
    return await opened.remote[name]();
  }

  it.each(['failDeeply', 'failLaterDeeply'] as const)(
    'have the stack of the callee, then that of whoever awaits them: %s',
    async (name) => {
      const error = (await rejection(theSpecsOwnFunction(name))) as Error;
      expect(error).toBeInstanceOf(RangeError);
      const stack = error.stack ?? '';
      const places = [
        'RangeError: from deep inside',
        'at innermost (',
        'failing.js',
        'called from',
        'theSpecsOwnFunction',
        'errors.spec.ts',
      ];
      const found = places.map((place) => stack.indexOf(place));
      expect(found).not.toContain(-1);
      expect(found).toEqual(found.toSorted((a, b) => a - b));
      expect(stack.split('\n').filter((line) => notOurs.test(line))).toEqual([]);
    },
  );

  it('have causes without frames of the library either', async () => {
    const error = (await rejection(theSpecsOwnFunction('failWithCause'))) as Error;
    const { stack = '' } = error.cause as Error;
    expect(stack).toContain('at innermost (');
    expect(stack.split('\n').filter((line) => notOurs.test(line))).toEqual([]);
  });

  it('of a class that is called like a global are plain Errors', async () => {
    const error = (await rejection(opened.remote.throwRequest())) as Error;
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
    expect(String(error)).toBe('Request: custom');
  });

  it.each(['throwStrange', 'throwStrangeLater'] as const)(
    'whatever is thrown settles its own call: %s',
    async (name) => {
      expect(await rejection(opened.remote[name]('undefined'))).toBeUndefined();
      for (const what of ['symbol', 'revoked', 'revoked function']) {
        const error = (await rejection(opened.remote[name](what))) as Error;
        expect(error).toBeInstanceOf(Error);
        expect(error.message).toMatch(/^the function threw .+, which cannot be sent$/);
      }
      expect(await rejection(opened.remote[name]('function'))).toBeTypeOf('function');
      expect(await rejection(opened.remote[name]('getters'))).toMatchObject({ message: 'kept' });
      expect(await opened.remote.fine()).toBe('fine');
    },
  );

  it('of an overflowing stack reject that call alone', async () => {
    expect(await rejection(opened.remote.overflow())).toBeInstanceOf(RangeError);
    expect(await opened.remote.fine()).toBe('fine');
  });

  it('of the library itself have the stack of the caller', async () => {
    async function whoMadeTheCall(): Promise<unknown> {
      return await (opened.remote as unknown as Record<string, () => Promise<unknown>>)['missing']!();
    }
    const error = (await rejection(whoMadeTheCall())) as Error;
    expect(error.stack).toContain('whoMadeTheCall');
  });
});
