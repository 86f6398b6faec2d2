import { answer } from './answer.js';
import { readMessages, writeMessage } from './lines.js';

readMessages(process.stdin, (/** @type {import('./answer.js').Request} */ request) => {
  answer(request, (reply) => writeMessage(process.stdout, reply));
});
