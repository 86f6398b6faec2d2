// What the child of 01-hash-and-compress.ts runs. It knows nothing of Portcall.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';

/**
 * Reads a file once, piece by piece.
 *
 * @param {string} path
 */
export async function digestFile(path) {
  const plain = tally();
  const packed = tally();
  const gzip = createGzip({ level: 1 });
  await pipeline(createReadStream(path), counting(plain), gzip, counting(packed), ignore);
  return { ...plain.total(), packedBytes: packed.total().bytes, packedSha256: packed.total().sha256 };
}

/** @param {Uint8Array} bytes */
export function compress(bytes) {
  return gzipSync(bytes, { level: 1 });
}

function tally() {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    /** @param {Buffer} chunk */
    add(chunk) {
      hash.update(chunk);
      bytes += chunk.length;
    },
    total: () => ({ bytes, sha256: hash.copy().digest('hex') }),
  };
}

/**
 * A stage of a pipeline that changes nothing.
 *
 * @param {ReturnType<typeof tally>} sum
 */
function counting(sum) {
  /** @param {AsyncIterable<Buffer>} source */
  return async function* (source) {
    for await (const chunk of source) {
      sum.add(chunk);
      yield chunk;
    }
  };
}

/** @param {AsyncIterable<Buffer>} source */
async function ignore(source) {
  for await (const _ of source);
}
