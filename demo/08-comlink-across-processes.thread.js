// A thread that is given a port, and knows neither Portcall nor that the other end of it is in another process.

import { wrap } from 'comlink';
import { parentPort, workerData } from 'node:worker_threads';

const shop = wrap(workerData.port);
parentPort?.postMessage({ there: await shop.pid, apples: await shop.store.add('apples', 5) });
workerData.port.close();
