import { parentPort } from 'node:worker_threads';
import { answer } from './answer.js';

parentPort?.on('message', (/** @type {import('./answer.js').Request} */ request) => {
  answer(request, (reply) => parentPort?.postMessage(reply));
});
