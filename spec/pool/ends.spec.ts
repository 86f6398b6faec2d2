import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';

import { failureOf, fixture, freshFile, kinds, open, range } from './pools.ts';

describe.each(kinds)('a pool that is closed (%s)', (kind) => {
  test('finishes what runs and what waits, and refuses what is new', async () => {
    const pool = open(kind, { min: 1, max: 2, concurrency: 1 });
    const calls = range(6).map((n) => pool.remote.delay(20, n));
    const closed = pool.close();
    expect(pool.state).toBe('closing');
    expect(await failureOf(pool.remote.echo(1))).toMatchObject({
      code: 'CHANNEL_CLOSED',
      delivery: 'not-sent',
    });
    expect(await Promise.all(calls)).toEqual(range(6));
    await closed;
    expect(pool.state).toBe('closed');
    expect(pool.stats.members).toEqual([]);
    expect(await failureOf(pool.remote.echo(1))).toMatchObject({
      code: 'CHANNEL_CLOSED',
      delivery: 'not-sent',
    });
  });

  test('cuts off what takes longer than its grace, even loops', async () => {
    const pool = open(kind, { min: 1, max: 1, concurrency: 1 });
    await pool.ready;
    const running = failureOf(pool.remote.spin());
    const waiting = failureOf(pool.remote.echo(1));
    const started = performance.now();
    await pool.close({ graceMs: 100 });
    expect(performance.now() - started).toBeLessThan(4000);
    expect(await running).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown' });
    expect(await waiting).toMatchObject({ code: 'CHANNEL_CLOSED', delivery: 'not-sent' });
  });

  test('can be in more of a hurry than at first', async () => {
    const pool = open(kind, { min: 1, max: 1 });
    await pool.ready;
    const running = failureOf(pool.remote.never());
    const drained = pool.drain();
    await pool.close({ graceMs: 10 });
    await drained;
    expect(await running).toMatchObject({ code: 'CHILD_EXITED' });
  });

  test('drains however long that takes', async () => {
    const pool = open(kind, { min: 1, max: 1, concurrency: 1, graceMs: 1 });
    const calls = range(4).map((n) => pool.remote.delay(50, n));
    await pool.drain();
    expect(await Promise.all(calls)).toEqual(range(4));
  });

  test('is closed at the end of the block that it was made for', async () => {
    const pool = open(kind, { min: 1 });
    await pool.remote.echo(1);
    await pool[Symbol.asyncDispose]();
    expect(pool.state).toBe('closed');
  });

  test('finishes what is made again at another member', async () => {
    const pool = open(kind, { min: 2, max: 2 });
    await pool.ready;
    const call = pool.with({ idempotent: true }).dieOnce(freshFile());
    const closed = pool.close();
    expect(await call).toBeTypeOf('string');
    await closed;
  });

  test('ends members that are still starting', async () => {
    const pool = open(kind, { min: 2 });
    await pool.close();
    expect(await failureOf(pool.ready)).toMatchObject({ code: 'CHANNEL_CLOSED' });
  });
});

describe.each(kinds)('a pool that is terminated (%s)', (kind) => {
  test('rejects everything at once', async () => {
    const pool = open(kind, { min: 1, max: 1, concurrency: 1 });
    await pool.ready;
    const running = failureOf(pool.remote.never());
    const waiting = range(3).map((n) => failureOf(pool.remote.echo(n)));
    await pool.terminate();
    expect(await running).toMatchObject({ code: 'CHILD_EXITED' });
    for (const error of await Promise.all(waiting))
      expect(error).toMatchObject({ code: 'CHANNEL_CLOSED', delivery: 'not-sent' });
    expect(pool.state).toBe('closed');
    await Promise.all([pool.terminate(), pool.close(), pool.drain()]);
  });
});

describe.each(kinds)('a program with a pool (%s)', (kind) => {
  const run = async (code: string): Promise<{ out: string; code: unknown }> => {
    const script = `import { pool } from 'portcall'; const work = new URL(${JSON.stringify(fixture('work.js').href)}); ${code}`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: new URL('../../', import.meta.url),
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 10_000,
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    return { out: await text(child.stdout), code: await ended };
  };

  test('ends by itself once nothing is awaited, idle members and all', async () => {
    const { out, code } = await run(
      `const one = pool(work, { kind: '${kind}', min: 2 }); console.log(await one.remote.echo('done'))`,
    );
    expect({ out, code }).toEqual({ out: 'done\n', code: 0 });
  });

  test('drains it on SIGTERM, where that is wanted', async () => {
    const { out, code } = await run(
      `const one = pool(work, { kind: '${kind}', min: 1, max: 1, concurrency: 1, handleSignals: true });
       for (let n = 0; n < 3; n++) one.remote.delay(50, n).then(console.log);
       one.ready.then(() => process.kill(process.pid, 'SIGTERM'))`,
    );
    expect({ out, code }).toEqual({ out: '0\n1\n2\n', code: null });
  });

  test('waits for calls that wait for a member', async () => {
    const { out, code } = await run(
      `const one = pool(work, { kind: '${kind}', min: 1, max: 1, restart: { backoff: { minMs: 300, jitter: 0 } }, stderr: () => {} });
       one.remote.exit(1).catch(() => {}); one.remote.exit(1).catch(() => {});
       one.remote.echo('after two deaths').then(console.log)`,
    );
    expect({ out, code }).toEqual({ out: 'after two deaths\n', code: 0 });
  });
});
