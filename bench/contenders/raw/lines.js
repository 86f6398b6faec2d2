/**
 * Calls back with each line that a stream carries, parsed as JSON.
 *
 * @template T
 * @param {import('node:stream').Readable} stream
 * @param {(message: T) => void} receive
 */
export function readLines(stream, receive) {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (/** @type {string} */ text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) receive(JSON.parse(line));
  });
}

/**
 * @param {import('node:stream').Writable} stream
 * @param {unknown} message
 */
export function writeLine(stream, message) {
  stream.write(`${JSON.stringify(message)}\n`);
}
