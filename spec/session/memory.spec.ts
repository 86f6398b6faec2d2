import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../fixtures/calls/memory-run.js', import.meta.url));

test.each(['memory', 'worker'])(
  'a great many calls one after another leave nothing behind: %s',
  { timeout: 120_000 },
  async (kind) => {
    const { stdout } = await run(process.execPath, ['--expose-gc', program, kind]);
    const { grown, ...left } = JSON.parse(stdout) as Record<string, number>;
    expect(left).toEqual({ pendingCalls: 0, runningCalls: 0, queuedBytes: 0, listeners: 0 });
    // Twenty bytes a call would be a leak.
    expect(grown).toBeLessThan(1024 * 1024);
  },
);

test('arguments and results are let go by the next small collection', async () => {
  const shortLived = fileURLToPath(new URL('../fixtures/calls/short-lived-results.js', import.meta.url));
  const { stdout } = await run(process.execPath, ['--expose-gc', shortLived]);
  // Those of 50 calls would be ten million bytes.
  expect(Number(stdout)).toBeLessThan(1_000_000);
});
