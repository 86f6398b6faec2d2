import { createBirpc } from 'birpc';
import { add, echo } from '../work.js';

createBirpc(
  { add, echo },
  { post: (data) => process.send(data), on: (receive) => void process.on('message', receive) },
);
