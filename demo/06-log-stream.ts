// A generator in another process is read as if it were here. It makes no more than is read, however slowly that is
// done, and when the reading stops its `finally` runs.
import assert from 'node:assert/strict';
import { fork } from 'portcall';

type Module = typeof import('./06-log-stream.child.js');

const child = fork<Module>(new URL('./06-log-stream.child.js', import.meta.url), {
  // How many lines may be on their way, or waiting here to be read.
  limits: { streamItems: 64 },
});
const { remote } = child;

let read = 0;
for await (const { line, text } of remote.follow()) {
  assert.equal(line, read);
  if (read % 500 === 0) {
    // A slow reader: while it is busy with this line the other side stands still.
    const before = await remote.linesMade();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const after = await remote.linesMade();
    assert.ok(after <= read + 1 + 64, `${after} lines were made when ${read + 1} had been read`);
    console.log(`${text.padEnd(26)} read ${read + 1}, made ${before}, and 50 ms later ${after}`);
  }
  if (++read > 1500) break;
}
assert.equal(await remote.timesClosed(), 1);
console.log(`stopped after ${read} lines; the generator has cleaned up: yes`);

await child.close();
