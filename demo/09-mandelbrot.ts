// Renders a picture of the Mandelbrot set with a pool of processes and with one of threads, and writes it as a PNG. Half
// way through one member is killed, and the picture is right all the same. Ctrl-C cancels what is left.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { pool, type Pool } from 'portcall';

import * as inline from './09-mandelbrot.child.js';

type Mandelbrot = typeof inline;

const picture = { width: 640, height: 480, iterations: 400 };
const rowsPerCall = 8;
const firstRows = Array.from({ length: picture.height / rowsPerCall }, (_, index) => index * rowsPerCall);

const cancelled = new AbortController();
process.once('SIGINT', () => cancelled.abort(new Error('Ctrl-C')));

const expected = sha256(inline.rows(picture, 0, picture.height));
console.log(`inline: ${picture.width} x ${picture.height} pixels, sha256 ${expected.slice(0, 16)}…`);

for (const kind of ['fork', 'worker'] as const) {
  const painters = pool<Mandelbrot>(new URL('./09-mandelbrot.child.js', import.meta.url), {
    kind,
    min: 1,
    max: 4,
    // The end of a member is part of the plan; what else one has to say is shown.
    concurrency: 2,
  });
  const death = new Promise<void>((resolve) => {
    painters.on('end', ({ why }) => why === 'died' && resolve());
  });
  try {
    const pixels = await render(painters, kind);
    assert.equal(sha256(pixels), expected);
    await death;
    const file = join(tmpdir(), `portcall-mandelbrot-${kind}.png`);
    writeFileSync(file, png(pixels));
    const { finished, restarts } = painters.stats;
    console.log(`${kind}: ${finished} calls, one member killed half way, ${restarts} started in its place`);
    console.log(`  the same picture as inline: yes, in ${file}`);
  } catch (error) {
    if (error !== cancelled.signal.reason) throw error;
    console.log(`${kind}: cancelled`);
    process.exitCode = 130;
    break;
  } finally {
    // What is cancelled need not be waited for.
    await (cancelled.signal.aborted ? painters.terminate() : painters.close());
  }
}

/** The whole picture, made of what the members render, some rows for each call. */
async function render(painters: Pool<Mandelbrot>, kind: 'fork' | 'worker'): Promise<Uint8Array> {
  const pixels = new Uint8Array(picture.width * picture.height * 3);
  // To render rows twice does no harm: what is lost with a member is made again by another.
  const remote = painters.with({ idempotent: true, retries: 3, signal: cancelled.signal });
  let done = 0;
  const part = async (first: number): Promise<void> => {
    pixels.set(await remote.rows(picture, first, rowsPerCall), first * picture.width * 3);
    if (++done === firstRows.length / 2) kill(painters, kind);
    progress(painters, done);
  };
  try {
    await Promise.all(firstRows.map(part));
  } finally {
    progress(painters, undefined);
  }
  return pixels;
}

/** Ends one of the members: a process from outside, a thread from within. */
function kill(painters: Pool<Mandelbrot>, kind: 'fork' | 'worker'): void {
  const victim = painters.stats.members.find(({ state }) => state === 'ready');
  assert.ok(victim?.childId !== undefined);
  if (kind === 'fork') process.kill(victim.childId, 'SIGKILL');
  // It rejects, as it should.
  else painters.remote.crash().catch(() => {});
}

/** Draws a bar, where there is somebody to see it; takes it away at the end. */
function progress(painters: Pool<Mandelbrot>, done: number | undefined): void {
  if (!process.stdout.isTTY) return;
  process.stdout.write('\r\u001B[2K');
  if (done === undefined) return;
  const { members, queued } = painters.stats;
  const width = 30;
  const filled = Math.round((done / firstRows.length) * width);
  const loads = members.map(({ id, state, running }) => `#${id} ${state === 'ready' ? running : state}`);
  process.stdout.write(
    `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${loads.join(' | ')}, ${queued} in the queue`,
  );
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Pixels as a file. */
function png(pixels: Uint8Array): Buffer {
  const { width, height } = picture;
  const stride = width * 3;
  const lines = Buffer.alloc((stride + 1) * height);
  // Before each line stands how it is filtered: not at all.
  for (let y = 0; y < height; y++)
    lines.set(pixels.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits for each of red, green and blue.
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
