import workerpool from 'workerpool';
import { add, busy, echo } from '../work.js';

workerpool.worker({ add, busy, echo });
