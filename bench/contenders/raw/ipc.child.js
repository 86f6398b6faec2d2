import { add } from '../math.js';

process.on('message', (/** @type {import('./pending.ts').Request} */ [id, a, b]) => {
  process.send?.([id, add(a, b)]);
});
