import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';

import { channels, fixture, start, type AnyChannel } from './children.ts';
import { script } from './script.ts';

type Printer = typeof import('../fixtures/lives/printer.js');
const printer = fixture('printer.js');

/** Where what is printed to stdout ends up: beside the protocol's own stream there is only stderr. */
const stdoutOf = (channel: AnyChannel): 'stdout' | 'stderr' => (channel === 'stdio' ? 'stderr' : 'stdout');

describe.each(channels)('over %s', (channel) => {
  test("'inherit' shows what the child prints among the parent's own output", async () => {
    const ended = await script('output.js', [channel, 'inherit']).ended;
    expect(ended.code).toBe(0);
    expect(ended[stdoutOf(channel)]).toContain('to stdout\n');
    expect(ended[stdoutOf(channel)]).toContain('logged\n');
    expect(ended.stderr).toContain('to stderr\n');
  });

  test("'ignore' shows none of it", async () => {
    const ended = await script('output.js', [channel, 'ignore']).ended;
    expect(ended).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
  });

  test("'pipe' gives streams, which end with the child", async () => {
    const child = start<Printer>(channel, { stdout: 'pipe', stderr: 'pipe' }, printer);
    const texts = { stdout: text(child.stdout!), stderr: text(child.stderr!) };
    await child.remote.print('stderr', 'to stderr\n');
    await child.remote.print('stdout', 'to stdout\n');
    await child.close();
    expect(await texts.stderr).toContain('to stderr\n');
    expect(await texts[stdoutOf(channel)]).toContain('to stdout\n');
  });

  test("'pipe' that nobody reads holds up neither calls nor the end", async () => {
    const child = start<Printer>(channel, { stdout: 'pipe', stderr: 'pipe' }, printer);
    for (let round = 0; round < 3; round++) {
      await child.remote.print('stderr', 'x'.repeat(10_000));
      await child.remote.print('stdout', 'x'.repeat(10_000));
    }
    expect(await child.remote.echo(1)).toBe(1);
    await child.close();
  });

  test("'pipe' whose reader gives up does not hold up the child", async () => {
    const child = start<Printer>(channel, { stdout: 'pipe', stderr: 'pipe' }, printer);
    const printed = child.remote.print('stderr', 'x'.repeat(1_000_000));
    for await (const _ of child.stderr!) break;
    await printed;
    for (let round = 0; round < 3; round++) await child.remote.print('stderr', 'x'.repeat(1_000_000));
    await child.close();
    await expect(child.exited).resolves.toMatchObject({ code: 0 });
  });

  test('a function is given each line, the last one without its end too', async () => {
    const lines = { stdout: [] as string[], stderr: [] as string[] };
    const child = start<Printer>(
      channel,
      { stdout: (line) => void lines.stdout.push(line), stderr: (line) => void lines.stderr.push(line) },
      printer,
    );
    await child.remote.print('stderr', 'one\r\ntwo\nthr');
    await child.remote.print('stderr', 'ee, ünïcödé\n\nfive without an end');
    await child.close();
    expect(lines.stderr).toEqual(['one', 'two', 'three, ünïcödé', '', 'five without an end']);
    expect(lines.stdout).toEqual([]);
    expect(child.stdout).toBeNull();
    expect(child.stderr).toBeNull();
  });

  test('the streams are null where they were not asked for', async () => {
    const child = start<Printer>(channel, { stdout: 'ignore', stderr: 'ignore' }, printer);
    expect([child.stdout, child.stderr]).toEqual([null, null]);
    await child.remote.print('stdout', 'x'.repeat(1_000_000));
    await child.close();
  });

  test('an error thrown by the function that takes lines goes to onError', async () => {
    const errors: unknown[] = [];
    const child = start<Printer>(
      channel,
      {
        stderr: () => {
          throw new RangeError('a bad day');
        },
        onError: (error) => void errors.push(error),
      },
      printer,
    );
    await child.remote.print('stderr', 'one\ntwo\n');
    await child.close();
    expect(errors).toEqual([new RangeError('a bad day'), new RangeError('a bad day')]);
  });
});

test('noise of every kind in a stdio child goes to the log while 10,000 calls run without a failure', async () => {
  const noise: string[] = [];
  const log: string[] = [];
  const child = start<typeof import('../fixtures/lives/noisy.js')>(
    'stdio',
    { stdout: (line) => void noise.push(line), stderr: (line) => void log.push(line) },
    fixture('noisy.js'),
  );
  const numbers = Array.from({ length: 10_000 }, (_, i) => i);
  expect(await Promise.all(numbers.map((i) => child.remote.noisy(i)))).toEqual(numbers);
  await child.close();
  const every = (step: number, from: number): number[] => numbers.filter((i) => i % step === from);
  // Through the streams of Node, told apart from the protocol.
  expect(log.filter((line) => line.startsWith('log '))).toEqual(every(100, 10).map((i) => `log ${i}`));
  expect(log.filter((line) => line.startsWith('write '))).toEqual(every(100, 20).map((i) => `write ${i}`));
  // Past them, between the frames.
  expect(noise.filter((line) => line.startsWith('native '))).toEqual(
    every(100, 30).map((i) => `native ${i}`),
  );
  expect(noise.filter((line) => line.startsWith('half '))).toEqual(
    every(100, 40).map((i) => `half ${i} and half`),
  );
  expect(noise.filter((line) => line.startsWith('grandchild '))).toEqual(
    every(1_000, 60).map((i) => `grandchild ${i}`),
  );
  expect(noise).toHaveLength(100 + 100 + 10);
});

test('noise between calls one at a time reaches the log at once', async () => {
  const noise: string[] = [];
  const child = start<Printer>('stdio', { stdout: (line) => void noise.push(line) }, printer);
  await child.remote.printNatively('native\n');
  await child.remote.printFromGrandchild('grandchild');
  expect(noise).toEqual(['native', 'grandchild']);
});
