import { Socket } from 'node:net';
import { answer } from './answer.js';
import { readMessages, writeMessage } from './lines.js';

const socket = new Socket({ fd: 3 });
readMessages(socket, (/** @type {import('./answer.js').Request} */ request) => {
  answer(request, (reply) => writeMessage(socket, reply));
});
