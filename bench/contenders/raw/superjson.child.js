import { parentPort } from 'node:worker_threads';
import { parse, stringify } from 'superjson';
import { echo } from '../work.js';

parentPort?.on('message', (/** @type {readonly [id: number, text: string]} */ [id, text]) => {
  parentPort?.postMessage([id, stringify(echo(parse(text)))]);
});
