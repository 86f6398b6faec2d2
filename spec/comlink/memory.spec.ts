import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('objects by reference are let go once either side has collected them, and not while they are called', async () => {
  const script = fileURLToPath(new URL('../fixtures/comlink/memory-run.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script]);
  const { used, most, left, kept } = JSON.parse(stdout) as Record<string, unknown>;
  expect(used).toBe(4000);
  expect(most).toBeGreaterThan(100);
  expect(left).toBeLessThan(10);
  expect(kept).toEqual(['kept']);
});
