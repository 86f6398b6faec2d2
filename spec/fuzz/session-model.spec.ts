// Calls, replies, repeats, aborts, deadlines, crashes and closes in any order: what must be true of each call all the same.
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';

import { byReference, connect, release, RpcError, type Session } from 'portcall';

import { controlledChannels, type ControlledEnd } from './controlled.ts';
import { holds } from './fuzz.ts';

const unhandled: unknown[] = [];
const onUnhandled = (error: unknown): void => void unhandled.push(error);

beforeAll(() => {
  process.on('unhandledRejection', onUnhandled).on('uncaughtException', onUnhandled);
});

afterAll(() => {
  process.off('unhandledRejection', onUnhandled).off('uncaughtException', onUnhandled);
});

interface Api {
  run(call: number, how: string, extra?: unknown): unknown;
}

/** What is known of one call. */
interface Made {
  readonly number: number;
  readonly how: string;
  readonly oneway: boolean;
  readonly abort: AbortController | undefined;
  settled: number;
  outcome: { readonly value: unknown } | { readonly error: unknown } | undefined;
}

const hows = [
  'returns',
  'throws',
  'waits',
  'callback',
  'reference',
  'stream',
  'feeds',
  'heeds',
  'kept',
  'unsendable',
];

const side = fc.integer({ min: 0, max: 1 });
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      side,
      how: fc.constantFrom(...hows),
      timeoutMs: fc.option(fc.constantFrom(0, 3), { nil: undefined, freq: 6 }),
      abortable: fc.boolean(),
      oneway: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
  },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('deliver' as const), side }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('repeat' as const), side }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('abort' as const), which: fc.nat(20) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('finish' as const), which: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('close' as const, 'crash' as const), side }) },
);

const steps = fc.array(step, { minLength: 1, maxLength: 40 });
type Step = typeof steps extends fc.Arbitrary<(infer T)[]> ? T : never;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Two sessions over a channel that moves only when told to, and everything that was done with them. */
class World {
  readonly made: Made[] = [];
  /** How often the function of each call has been run. */
  readonly runs = new Map<number, number>();
  readonly #waiting: (() => void)[] = [];
  readonly #ends: [ControlledEnd, ControlledEnd];
  readonly sessions: [Session<Api>, Session<Api>];
  readonly #work: Promise<unknown>[] = [];
  readonly #held: object[] = [];
  readonly #closings: Promise<void>[] = [];

  constructor() {
    this.#ends = controlledChannels();
    this.sessions = [this.#session(0), this.#session(1)];
  }

  async take(one: Step): Promise<void> {
    switch (one.do) {
      case 'call':
        this.#call(one);
        break;
      case 'deliver':
        this.#ends[one.side]!.deliver();
        break;
      case 'repeat':
        this.#ends[one.side]!.repeat();
        break;
      case 'abort':
        this.made[one.which]?.abort?.abort(`aborted ${one.which}`);
        break;
      case 'finish':
        this.#waiting.splice(one.which % Math.max(1, this.#waiting.length), 1)[0]?.();
        break;
      case 'turn':
        await turn();
        break;
      case 'wait':
        await new Promise((resolve) => setTimeout(resolve, 4));
        break;
      case 'close':
        this.#closings.push(this.sessions[one.side]!.close({ graceMs: 20 }));
        break;
      case 'crash':
        this.#ends[one.side]!.destroy(new Error('crashed'));
    }
  }

  /** Lets everything come to its end, and ends both sessions. */
  async end(): Promise<void> {
    for (let round = 0; round < 50; round++) {
      for (const finish of this.#waiting.splice(0)) finish();
      for (const end of this.#ends) while (end.busy) end.deliver();
      await turn();
    }
    this.#closings.push(...this.sessions.map((session) => session.close({ graceMs: 50 })));
    const over = new AbortController();
    void Promise.all(this.#closings).then(() => over.abort());
    while (!over.signal.aborted) {
      for (const finish of this.#waiting.splice(0)) finish();
      for (const end of this.#ends) while (end.busy) end.deliver();
      await turn();
    }
    await Promise.all(this.#work);
    await turn();
    await turn();
  }

  #session(index: 0 | 1): Session<Api> {
    const api: Api = { run: (call, how, extra) => this.#run(call, how, extra) };
    return connect<Api>(this.#ends[index], {
      expose: api,
      onError: () => {},
      limits: { handshakeMs: Infinity, streamItems: 2 },
    });
  }

  /** The function of each call, at the other side. */
  #run(call: number, how: string, extra: unknown): unknown {
    this.runs.set(call, (this.runs.get(call) ?? 0) + 1);
    switch (how) {
      case 'returns':
      case 'kept':
        return { call };
      case 'throws':
        throw Object.assign(new Error('thrown'), { call });
      case 'waits':
        return new Promise((resolve) => this.#waiting.push(() => resolve({ call })));
      case 'heeds':
        return new Promise((resolve, reject) => {
          const signal = extra as AbortSignal;
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          this.#waiting.push(() => resolve({ call }));
        });
      case 'callback':
        return (extra as (value: number) => Promise<number>)(call).then((got) => ({ call: got }));
      case 'reference':
        return { call, object: byReference({ call }), back: () => call };
      case 'stream':
        return (async function* items() {
          for (let at = 0; at < 5; at++) yield at;
        })();
      case 'feeds':
        return (async () => {
          let sum = 0;
          for await (const item of extra as AsyncIterable<number>) sum += item;
          return { call, sum };
        })();
      default:
        return { call, symbol: Symbol('unsendable') };
    }
  }

  #call({ side: from, how, timeoutMs, abortable, oneway }: Extract<Step, { do: 'call' }>): void {
    const number = this.made.length;
    const abort = abortable ? new AbortController() : undefined;
    const made: Made = { number, how, oneway, abort, settled: 0, outcome: undefined };
    this.made.push(made);
    const session = this.sessions[from]!;
    const options = {
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(abort !== undefined && { signal: abort.signal }),
      ...(oneway && { oneway }),
    };
    const live = new AbortController();
    const extra =
      how === 'callback'
        ? async (value: number) => value
        : how === 'heeds'
          ? (abort ?? live).signal
          : how === 'feeds'
            ? (async function* numbers() {
                yield 1;
                yield 2;
                yield 3;
              })()
            : undefined;
    const call: PromiseLike<unknown> =
      how === 'kept' && !oneway
        ? // Used before it has arrived, and let go of with this function.
          (session.pipeline.run(number, how) as unknown as { call: PromiseLike<number> }).call.then(
            (got) => ({
              call: got,
            }),
          )
        : session.with(options).run(number, how, extra);
    this.#work.push(
      Promise.resolve(
        call.then(
          (value) => {
            made.settled++;
            made.outcome = { value };
            return this.#use(made, value);
          },
          (error: unknown) => {
            made.settled++;
            made.outcome = { error };
          },
        ),
      ),
    );
  }

  /** Does with a result what a program would. */
  async #use({ how, abort }: Made, value: unknown): Promise<void> {
    if (value === undefined) return;
    try {
      if (how === 'reference') {
        const { object, back } = value as { object: object; back: () => Promise<number> };
        this.#held.push(object);
        await back();
        release(object);
        release(back);
      } else if (how === 'stream') {
        for await (const item of value as AsyncIterable<number>) if (item === 3) break;
      }
    } catch (error) {
      // The session may end in the middle of it, and the signal of the call may abort.
      if (abort?.signal.aborted === true && error === abort.signal.reason) return;
      expect(error).toBeInstanceOf(RpcError);
    }
  }
}

function check(world: World): void {
  for (const { number, how, oneway, abort, settled, outcome } of world.made) {
    const what = `call ${number}, which ${how}`;
    const runs = world.runs.get(number) ?? 0;
    expect(settled, `${what} settles once`).toBe(1);
    expect(runs, `${what} runs at most once`).toBeLessThanOrEqual(1);
    if (outcome === undefined) continue;
    if ('value' in outcome) {
      if (oneway) continue;
      expect(runs, `${what} was answered`).toBe(1);
      if (how !== 'stream') expect(outcome.value, what).toMatchObject({ call: number });
      continue;
    }
    const { error } = outcome;
    if (error instanceof RpcError) {
      if (error.delivery === 'not-sent' && how !== 'callback' && how !== 'kept')
        expect(runs, `${what} was said not to be sent: ${error.message}`).toBe(0);
    } else if (typeof error === 'string') {
      expect(abort?.signal.aborted, `${what} was aborted`).toBe(true);
    } else if (!(error instanceof DOMException)) {
      expect(error, what).toMatchObject({ message: 'thrown', call: number });
    }
  }
  for (const { stats } of world.sessions)
    expect(stats).toMatchObject({
      pendingCalls: 0,
      queuedBytes: 0,
      exportedReferences: 0,
      importedReferences: 0,
      openStreams: 0,
    });
  expect(unhandled.splice(0)).toEqual([]);
}

describe('two sessions, whatever happens between them', () => {
  holds(
    'settle each call exactly once, run each at most once, and hold nothing in the end',
    150,
    fc.asyncProperty(steps, async (all) => {
      const world = new World();
      for (const one of all) await world.take(one);
      await world.end();
      check(world);
    }),
  );
});
