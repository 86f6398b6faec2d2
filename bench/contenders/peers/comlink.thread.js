import { parentPort } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { add, echo } from '../work.js';

expose({ add, echo }, nodeEndpoint(parentPort));
