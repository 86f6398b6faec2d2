import { Socket } from 'node:net';
import { add } from '../math.js';
import { readLines, writeLine } from './lines.js';

const socket = new Socket({ fd: 3 });
readLines(socket, (/** @type {import('./pending.ts').Request} */ [id, a, b]) => {
  writeLine(socket, [id, add(a, b)]);
});
