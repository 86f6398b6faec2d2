import { runAsWorker } from 'synckit';
import { add } from '../work.js';

runAsWorker(add);
