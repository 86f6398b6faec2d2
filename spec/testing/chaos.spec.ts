import { afterEach, describe, expect, it } from 'vitest';

import { connect, RpcError, type Channel, type Session } from 'portcall';
import { chaosChannel, memoryChannels, type ChaosOptions } from 'portcall/testing';

const open: Session<unknown>[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close({ graceMs: 0 })));
});

interface Api {
  count(call: number): number;
  echo(value: unknown): unknown;
  numbers(to: number): AsyncGenerator<number>;
}

function joined(
  options: ChaosOptions,
  theirs: ChaosOptions = {},
): { session: Session<Api>; runs: Map<number, number> } {
  const runs = new Map<number, number>();
  const [here, there] = memoryChannels();
  const api = {
    count: (call: number) => {
      runs.set(call, (runs.get(call) ?? 0) + 1);
      return call;
    },
    echo: (value: unknown) => value,
    async *numbers(to: number) {
      for (let at = 0; at < to; at++) yield at;
    },
  };
  const session = connect<Api>(chaosChannel(here, options));
  open.push(session, connect(chaosChannel(there, { seed: 99, ...theirs }), { expose: api }));
  return { session, runs };
}

describe('a channel in chaos', () => {
  it.each([1, 2, 3, 4, 5])(
    'that is late, in parts and twice loses no call and runs none twice: seed %i',
    async (seed) => {
      const rough = { seed, split: 0.5, stall: 0.1, stallMs: 10, duplicate: 0.5 };
      const { session, runs } = joined(rough, { ...rough, seed: seed + 100 });
      const calls: Promise<number>[] = [];
      for (let call = 0; call < 300; call++) {
        calls.push(session.remote.count(call));
        if (call % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await Promise.all(calls)).toEqual(calls.map((_, call) => call));
      expect([...runs.values()].every((times) => times === 1)).toBe(true);
      expect(session.stats.ignoredMessages).toBeGreaterThan(0);
      const seen: number[] = [];
      for await (const item of session.remote.numbers(20)) seen.push(item);
      expect(seen).toEqual(Array.from({ length: 20 }, (_, at) => at));
      const bytes = new Uint8Array(100_000).fill(7);
      expect(await session.remote.echo(bytes)).toEqual(bytes);
      await session.close();
      expect(session.stats).toMatchObject({ pendingCalls: 0, queuedBytes: 0 });
    },
  );

  it('that cuts batches off ends the session with a PROTOCOL_ERROR, and settles every call', async () => {
    const { session } = joined({ truncate: 0.3, seed: 5 });
    const calls = Array.from({ length: 50 }, async (_, call) => {
      await new Promise((resolve) => setTimeout(resolve, call));
      return session.remote.count(call);
    });
    const outcomes = await Promise.allSettled(calls);
    const failures = outcomes.filter(({ status }) => status === 'rejected');
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures)
      expect((failure as PromiseRejectedResult).reason).toBeInstanceOf(RpcError);
    await session.closed;
  });

  it('that is half closed has calls reach their deadline', async () => {
    const { session, runs } = joined({ halfClose: 1 });
    await session.ready;
    await expect(session.with({ timeoutMs: 50 }).count(1)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(runs.size).toBe(0);
  });

  it('does the same to the same batches with the same seed', async () => {
    const arrivals = async (seed: number): Promise<string[]> => {
      const sent: string[] = [];
      const inner: Channel = {
        open: () => {},
        send: (text) => sent.push(text) > 0,
        close: () => Promise.resolve(),
        destroy: () => {},
      };
      const channel = chaosChannel(inner, { seed, delayMs: 0, split: 0.5, duplicate: 0.5, truncate: 0.1 });
      channel.open({ received: () => {}, drained: () => {}, closed: () => {} });
      for (let batch = 0; batch < 50; batch++)
        channel.send(`[[1,${batch * 2 + 1},0,[]],[1,${batch * 2 + 2},0,[]]]`);
      await channel.close();
      return sent;
    };
    const [once, again, other] = await Promise.all([arrivals(11), arrivals(11), arrivals(12)]);
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
  });

  it.each([{ split: 2 }, { seed: 1.5 }, { delayMs: -1 }, { truncates: 1 }])(
    'refuses options that are wrong: %o',
    (options) => {
      expect(() => chaosChannel(memoryChannels()[0], options as never)).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }) as Error,
      );
    },
  );
});
