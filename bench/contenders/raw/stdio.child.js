import { add } from '../math.js';
import { readLines, writeLine } from './lines.js';

readLines(process.stdin, (/** @type {import('./pending.ts').Request} */ [id, a, b]) => {
  writeLine(process.stdout, [id, add(a, b)]);
});
