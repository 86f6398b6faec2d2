// A function that is passed along is called back from the other process: here to show how far a long computation is,
// and to call it off half-way.
import assert from 'node:assert/strict';
import { fork } from 'portcall';

import { stretch } from './05-progress-callback.child.js';

type Module = typeof import('./05-progress-callback.child.js');

const child = fork<Module>(new URL('./05-progress-callback.child.js', import.meta.url));
const rounds = 200_000;
const every = 10_000;

const heard: number[] = [];
const bar = {
  width: 20,
  // A method keeps its object: it is called on it here.
  onProgress(done: number, of: number): void {
    heard.push(done);
    const full = Math.round((done / of) * this.width);
    if (full % 5 === 0) console.log(`[${'#'.repeat(full)}${'.'.repeat(this.width - full)}] ${done} of ${of}`);
  },
};
const digest = await child.remote.stretch('correct horse', { rounds, every, ...bar });
assert.equal(heard.length, rounds / every);
assert.equal(digest, await stretch('correct horse', { rounds, every, onProgress: () => {} }));
console.log(`the same as inline: yes, after ${heard.length} reports`);

const controller = new AbortController();
const enough = new Error('half is enough');
const cancelled = child.remote.stretch(
  'battery staple',
  {
    rounds,
    every,
    onProgress: (done) => {
      if (done >= rounds / 2) controller.abort(enough);
    },
  },
  controller.signal,
);
await assert.rejects(cancelled, (reason) => reason === enough);
console.log(`called off from within a report: ${enough.message}`);

await child.close();
