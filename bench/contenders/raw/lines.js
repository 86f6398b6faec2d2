/**
 * Calls back with each message that a stream carries: a line of JSON, and behind it the bytes that stand last in the
 * message, if its line ends with their number.
 *
 * @template {readonly unknown[]} T
 * @param {import('node:stream').Readable} stream
 * @param {(message: T) => void} receive
 */
export function readMessages(stream, receive) {
  /** @type {Buffer[]} What has come of a message that is not complete. */
  let parts = [];
  let lengthBytes = 0;
  let neededBytes = 1;

  stream.on('data', (/** @type {Buffer} */ chunk) => {
    parts.push(chunk);
    lengthBytes += chunk.length;
    // Large messages come in many chunks: joined once, when all are there.
    if (lengthBytes < neededBytes) return;
    const whole = parts.length === 1 ? chunk : Buffer.concat(parts, lengthBytes);
    const rest = whole.subarray(readWhole(whole));
    parts = rest.length === 0 ? [] : [rest];
    lengthBytes = rest.length;
  });

  /** @param {Buffer} buffer */
  function readWhole(buffer) {
    for (let at = 0; ;) {
      const end = buffer.indexOf(10, at);
      neededBytes = buffer.length - at + 1;
      if (end < 0) return at;
      const message = JSON.parse(buffer.toString('utf8', at, end));
      const { bytes } = message.at(-1) ?? {};
      if (bytes !== undefined) {
        neededBytes = end + 1 + bytes - at;
        if (buffer.length < at + neededBytes) return at;
        message[message.length - 1] = buffer.subarray(end + 1, end + 1 + bytes);
        at += neededBytes;
      } else {
        at = end + 1;
      }
      receive(message);
    }
  }
}

/**
 * @param {import('node:stream').Writable} stream
 * @param {readonly unknown[]} message Its last item may be bytes.
 */
export function writeMessage(stream, message) {
  const last = message.at(-1);
  if (!(last instanceof Uint8Array)) {
    stream.write(`${JSON.stringify(message)}\n`);
    return;
  }
  stream.cork();
  stream.write(`${JSON.stringify([...message.slice(0, -1), { bytes: last.byteLength }])}\n`);
  stream.write(last);
  stream.uncork();
}
