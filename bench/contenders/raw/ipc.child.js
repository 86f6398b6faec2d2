import { answer } from './answer.js';

process.on('message', (/** @type {import('./answer.js').Request} */ request) => {
  answer(request, (reply) => process.send?.(reply));
});
