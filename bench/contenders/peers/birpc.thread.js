import { parentPort } from 'node:worker_threads';
import { createBirpc } from 'birpc';
import { add, echo } from '../work.js';

createBirpc(
  { add, echo },
  {
    post: (data) => parentPort.postMessage(data),
    on: (receive) => void parentPort.on('message', receive),
  },
);
