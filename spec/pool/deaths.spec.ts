import { RpcError, type PoolEvents } from 'portcall';
import { describe, expect, test, vi } from 'vitest';

import { failureOf, fixture, freshFile, kinds, open, range, type Work } from './pools.ts';

describe.each(kinds)('a member of a pool that dies (%s)', (kind) => {
  test.each([
    ['exits with 0', (remote: Remote) => remote.exit(0), 0],
    ['exits with 3', (remote: Remote) => remote.exit(3), 3],
    ['throws where nobody catches', (remote: Remote) => remote.throwLater(), 1],
    ['leaves a rejection unhandled', (remote: Remote) => remote.rejectUnhandled(), 1],
  ])('rejects its own calls when it %s, and no others', async (_, die, code) => {
    const pool = open(kind, { min: 2, max: 2 });
    await pool.ready;
    const [first] = await Promise.all([pool.remote.whoAfter(20), pool.remote.whoAfter(20)]);
    const other = pool.remote.delay(300, 'fine');
    const error = await failureOf(die(pool.remote));
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown', exit: { code } });
    await expect(other).resolves.toBe('fine');
    const now = await Promise.all(range(8).map(() => pool.remote.whoAfter(5)));
    expect(first).toBeTypeOf('string');
    expect(now).toHaveLength(8);
    await vi.waitFor(() => expect(pool.stats.restarts).toBe(1), { timeout: 5000 });
  });

  test('rejects those that it had under way, and not those that waited', async () => {
    const pool = open(kind, { min: 1, max: 1, concurrency: 1 });
    await pool.ready;
    const dying = failureOf(pool.remote.exit(3));
    const waiting = range(5).map((n) => pool.remote.echo(n));
    expect(await dying).toMatchObject({ code: 'CHILD_EXITED' });
    expect(await Promise.all(waiting)).toEqual(range(5));
  });

  test('has its idempotent calls made elsewhere, as often as they allow', async () => {
    const pool = open(kind, { min: 2, max: 2 });
    const mark = freshFile();
    await expect(pool.with({ idempotent: true }).dieOnce(mark)).resolves.toBeTypeOf('string');
    expect(await failureOf(pool.with({ idempotent: true, retries: 1 }).exit(3))).toMatchObject({
      code: 'CHILD_EXITED',
    });
    expect(await failureOf(pool.remote.dieOnce(freshFile()))).toMatchObject({ code: 'CHILD_EXITED' });
  });

  test('is told from a function that throws what looks the same', async () => {
    const pool = open(kind, { min: 1, max: 1 });
    const error = await failureOf(pool.with({ idempotent: true }).fail('no member has died'));
    expect(error).toBeInstanceOf(RangeError);
    expect(pool.stats.members).toHaveLength(1);
    expect(pool.stats.restarts).toBe(0);
  });

  test('of too much memory says so', async () => {
    const pool = open(kind, { min: 1, max: 1, maxHeapBytes: 24 * 1024 * 1024 });
    const error = await failureOf(pool.remote.keep(100_000_000));
    expect(error).toMatchObject({ code: 'CHILD_EXITED' });
    expect((error as Error).message).toContain('maxHeapBytes');
    expect(await pool.remote.echo('goes on')).toBe('goes on');
  });

  test('does not die of a result that cannot be sent', async () => {
    const pool = open(kind, { min: 1, max: 1 });
    const before = await pool.remote.whoami();
    expect(await failureOf(pool.remote.unsendable())).toMatchObject({ code: 'NOT_SERIALIZABLE' });
    expect(await pool.remote.whoami()).toBe(before);
  });

  test('tells why it has ended', async () => {
    const pool = open(kind, { min: 1, max: 1 });
    const ends: PoolEvents['end'][] = [];
    pool.on('end', (end) => ends.push(end));
    await pool.remote.echo(1);
    await failureOf(pool.remote.exit(4));
    await vi.waitFor(() => expect(ends).toMatchObject([{ id: 1, why: 'died', exit: { code: 4 } }]), {
      timeout: 5000,
    });
  });
});

describe('a process of a pool', () => {
  test('that is killed from outside rejects its own calls and is replaced', async () => {
    const pool = open('fork', { min: 2, max: 2 });
    await pool.ready;
    const calls = range(2).map(() => pool.remote.delay(400, 'done'));
    const victim = pool.stats.members[0]?.childId;
    expect(victim).toBeTypeOf('number');
    process.kill(victim!, 'SIGKILL');
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const lost = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(lost?.reason).toMatchObject({ code: 'CHILD_EXITED', exit: { signal: 'SIGKILL' } });
    await vi.waitFor(
      () => expect(pool.stats.members.filter(({ state }) => state === 'ready')).toHaveLength(2),
      { timeout: 5000 },
    );
  });
});

describe('a process of a pool that is stopped', () => {
  test('is killed by its heartbeat, and replaced', async () => {
    const pool = open('fork', { min: 1, max: 1, heartbeat: { intervalMs: 50, misses: 3 } });
    await pool.ready;
    const call = failureOf(pool.remote.never());
    process.kill(pool.stats.members[0]!.childId!, 'SIGSTOP');
    expect(await call).toMatchObject({ code: 'CHILD_EXITED', exit: { signal: 'SIGKILL' } });
    expect(await pool.remote.echo('goes on')).toBe('goes on');
  });
});

describe.each(kinds)('a pool whose members do not start (%s)', (kind) => {
  test('rejects its calls with what the module has thrown', async () => {
    const pool = open(kind, { min: 2, max: 2 }, fixture('broken.js'));
    const errors = await Promise.all(
      [pool.ready, ...range(3).map((n) => pool.remote.echo(n))].map(failureOf),
    );
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'START_FAILED' });
      expect((error as Error).cause).toMatchObject({ name: 'RangeError', message: 'broken at import' });
    }
    expect(errors[1]).toMatchObject({ delivery: 'not-sent' });
  });

  test('rejects its calls where there is no module at all', async () => {
    const pool = open(kind, { min: 0 }, fixture('nowhere.js'));
    expect(await failureOf(pool.remote.echo(1))).toMatchObject({
      code: 'START_FAILED',
      delivery: 'not-sent',
    });
  });

  test('rejects its calls where the setup fails', async () => {
    const pool = open(kind, { min: 1, max: 1, setup: 'failingSetup' });
    const error = await failureOf(pool.remote.echo(1));
    expect(error).toMatchObject({ code: 'START_FAILED' });
    expect((error as Error).message).toContain('failingSetup()');
    expect((error as Error).message).toContain('there is no database');
  });

  test('rejects its calls where the named setup is not exported', async () => {
    const pool = open(kind, { min: 1, max: 1, setup: 'setUp' });
    expect(await failureOf(pool.remote.echo(1))).toMatchObject({
      code: 'START_FAILED',
      cause: { code: 'METHOD_NOT_FOUND' },
    });
  });

  test('rejects its calls where a member does not become ready in time', async () => {
    const pool = open(
      kind,
      { min: 1, max: 1, startTimeoutMs: 100 },
      new URL('../lives/hangs-at-import.js', fixture('x')),
    );
    expect(await failureOf(pool.remote.echo(1))).toMatchObject({ code: 'START_FAILED' });
  });
});

describe.each(kinds)('a pool whose members die again and again (%s)', (kind) => {
  test('waits longer each time, then gives up and says so with the last cause', async () => {
    const restart = { intensity: 3, periodMs: 60_000, backoff: { minMs: 10, jitter: 0 } };
    const pool = open(kind, { min: 1, max: 1, restart });
    const failed = new Promise<PoolEvents['failed']>((resolve) => pool.on('failed', resolve));
    let ended = 0;
    const pauses: number[] = [];
    pool.on('end', () => (ended = performance.now()));
    pool.on('start', () => pauses.push(performance.now() - ended));
    for (let death = 0; death < 4; death++) {
      expect(await failureOf(pool.remote.exit(7))).toMatchObject({ code: 'CHILD_EXITED', exit: { code: 7 } });
    }
    expect(await failed).toMatchObject({ code: 'CHILD_EXITED', exit: { code: 7 } });
    expect(pool.state).toBe('failed');
    expect(pauses).toHaveLength(3);
    // Timers may be early by a part of a millisecond.
    for (const [index, leastMs] of [10, 20, 40].entries()) expect(pauses[index]).toBeGreaterThan(leastMs - 2);
    const error = await failureOf(pool.remote.echo(1));
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'not-sent', exit: { code: 7 } });
    expect((error as Error).message).toContain('restart.intensity');
    await pool.close();
  });

  test('rejects the calls that wait when it gives up', async () => {
    const restart = { intensity: 2, backoff: { minMs: 1 } };
    const mark = freshFile();
    const pool = open<typeof import('../fixtures/pool/starts-once.js')>(
      kind,
      { min: 1, max: 1, restart, argv: [mark] },
      fixture('starts-once.js'),
    );
    await pool.ready;
    const first = failureOf(pool.remote.exit(3));
    const waiting = range(3).map((n) => failureOf(pool.remote.echo(n)));
    expect(await first).toMatchObject({ code: 'CHILD_EXITED' });
    for (const error of await Promise.all(waiting)) {
      expect(error).toMatchObject({ code: 'START_FAILED', delivery: 'not-sent' });
      expect((error as Error).cause).toMatchObject({ message: 'it started once, and no more' });
    }
  });

  test('goes on where they have done their work before', async () => {
    const pool = open(kind, { min: 1, max: 1, restart: { intensity: 1 } });
    for (let death = 0; death < 3; death++) {
      await pool.remote.echo(death);
      await failureOf(pool.remote.exit(1));
    }
    expect(await pool.remote.echo('still here')).toBe('still here');
    expect(pool.state).toBe('open');
  });
});

type Remote = import('portcall').Remote<Work>;
