import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';

import { connect, defineType, type Session } from 'portcall';

class Money {
  readonly cents: number;

  constructor(cents: number) {
    this.cents = cents;
  }
}

const types = [
  defineType({
    name: 'Money',
    is: (value): value is Money => value instanceof Money,
    toPlain: ({ cents }) => cents,
    fromPlain: (cents: number) => new Money(cents),
  }),
];

const api = {
  async *echo(): AsyncGenerator<unknown, unknown, unknown> {
    let passed: unknown;
    for (;;) {
      try {
        passed = yield passed;
      } catch {
        passed = 'caught';
      }
    }
  },
  /** How the close of a sink ended. */
  async closing(sink: WritableStream<unknown>): Promise<string> {
    return sink.close().then(
      () => 'closed',
      (error: unknown) => (error as { code: string }).code,
    );
  },
};

/** The caller's side has a type that the other knows nothing of. */
function joined(): Session<typeof api> {
  const { port1, port2 } = new MessageChannel();
  connect(port2, { expose: api });
  return connect<typeof api>(port1, { types });
}

test.each(['next', 'return', 'throw'] as const)(
  'a value given to %s that the generator’s side cannot read ends the generator, and is told',
  async (step) => {
    const session = joined();
    const echo = await session.remote.echo();
    await echo.next();
    await expect(echo[step](new Money(1))).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
    expect(await echo.next()).toEqual({ done: true, value: undefined });
    expect(session.stats.openStreams).toBe(0);
    await session.close();
  },
);

test('a sink that fails with what the writer’s side cannot read has failed all the same', async () => {
  const session = joined();
  const sink = new WritableStream({
    close() {
      throw new Money(1);
    },
  });
  expect(await session.remote.closing(sink)).toBe('PROTOCOL_ERROR');
  await session.close();
});

test('what was asked for together with a throw that is caught comes, before it and behind it', async () => {
  const session = joined();
  const echo = await session.remote.echo();
  await echo.next();
  const steps = [echo.next(1), echo.throw(new Error('no')), echo.next(2)];
  expect((await Promise.all(steps)).map(({ value }) => value)).toEqual([1, 'caught', 2]);
  await session.close();
});
