// Hashes and compresses the Node binary that runs this script, in a child process. The path goes to the child, which
// streams the file by itself; then some MiB of the file go there by value, and come back compressed. The same work is
// done in this process to check what the child says.
import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { fork } from 'portcall';

import * as inline from './01-hash-and-compress.child.js';

const mib = 1024 * 1024;

const archive = fork<typeof inline>(new URL('./01-hash-and-compress.child.js', import.meta.url));

// Both at once: the child's work takes nothing from this process.
const [theirs, ours] = await Promise.all([
  archive.remote.digestFile(process.execPath),
  inline.digestFile(process.execPath),
]);
assert.deepEqual(theirs, ours);
console.log(`process ${archive.pid} read ${process.execPath}: ${(theirs.bytes / mib).toFixed(1)} MiB`);
console.log(`  sha256 ${theirs.sha256}`);
console.log(`  gzip   ${(theirs.packedBytes / mib).toFixed(1)} MiB, sha256 ${theirs.packedSha256}`);
console.log('  the same as inline: yes');

const file = await open(process.execPath);
const { buffer: part } = await file.read(new Uint8Array(4 * mib), 0, 4 * mib, 0);
await file.close();
const packed = await archive.remote.compress(part);
assert.deepEqual(packed, new Uint8Array(inline.compress(part)));
assert.ok(gunzipSync(packed).equals(part));
console.log(
  `${part.byteLength / mib} MiB sent by value came back as ${(packed.byteLength / mib).toFixed(1)} MiB`,
);
console.log('  the same as inline, and unpacked what was sent: yes');

await archive.close();
const { code } = await archive.exited;
assert.equal(code, 0);
