import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

import { SegmentDecoder } from '../../lib/framing/segments.ts';

const fixture = fileURLToPath(new URL('../fixtures/channels/whole-writes.js', import.meta.url));
const lines = 3000;

test.skipIf(process.platform === 'win32').each([
  ['what Node gives its children', process.execPath, [fixture, String(lines)], 32 * 1024],
  ['a pipe of a shell', 'sh', ['-c', `"${process.execPath}" "${fixture}" ${lines} | cat`], 4096],
] as const)('segments stay whole on %s, where others write', async (_where, command, args, onLinux) => {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  const said = text(child.stderr);
  let wrong = 0;
  let noise = '';
  const decoder = new SegmentDecoder(
    (bytes) => (wrong += bytes.filter((byte) => byte !== 7).length),
    (bytes) => (noise += bytes.toString('latin1')),
  );
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) decoder.push(chunk);
  expect(await exited).toEqual([0, null]);
  expect(wrong).toBe(0);
  expect(noise).toBe(Array.from({ length: lines }, (_, line) => `line ${line}\n`).join(''));
  if (process.platform === 'linux') expect(Number(await said)).toBe(onLinux);
});
