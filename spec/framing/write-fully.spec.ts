import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const fixture = fileURLToPath(new URL('../fixtures/channels/write-fully.js', import.meta.url));

test('writes all of 4 MiB to a pipe that takes 64 KiB at a time, before the process exits', async () => {
  const child = spawn(process.execPath, [fixture, String(4 * 1024 * 1024)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let bytes = 0;
  let wrong = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    for (const byte of chunk) if (byte !== (bytes++ & 0xff)) wrong++;
  }
  if (child.exitCode === null) await once(child, 'exit');
  expect({ bytes, wrong, code: child.exitCode }).toEqual({ bytes: 4 * 1024 * 1024, wrong: 0, code: 0 });
});

test('gives up on a reader that is gone', async () => {
  const child = spawn(process.execPath, [fixture, String(4 * 1024 * 1024)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  child.stdout.destroy();
  expect(await exited).toEqual([0, null]);
});

test('gives up on a reader that takes nothing', async () => {
  // Nobody reads, and nobody is told: only the time that it may take without progress ends this.
  const child = spawn(process.execPath, [fixture, String(4 * 1024 * 1024)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  child.stdout.pause();
  expect(await exited).toEqual([0, null]);
  child.stdout.destroy();
});
