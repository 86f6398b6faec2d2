import { parentPort } from 'node:worker_threads';
import { add } from '../math.js';

parentPort?.on('message', (/** @type {import('./pending.ts').Request} */ [id, a, b]) => {
  parentPort?.postMessage([id, add(a, b)]);
});
