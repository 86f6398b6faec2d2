import { Worker } from 'node:worker_threads';

// The watched thread may loop for ever, so that this one does not share any code with it. The parent's number is told,
// since the parent may be gone before this thread has started. Windows leaves the number of a parent that is gone.
const program = `
  const { workerData: parent } = require('node:worker_threads');
  const isGone = () => {
    if (process.ppid !== parent) return true;
    try { process.kill(parent, 0); } catch (error) { return error.code === 'ESRCH'; }
    return false;
  };
  setInterval(() => { if (isGone()) process.kill(process.pid, 'SIGKILL'); }, 100);
`;

/** Starts a thread that ends this process when its parent is gone, even while the main thread is in a loop. */
export function startWatchdog(): void {
  const options = { eval: true, workerData: process.ppid, env: {}, execArgv: [] };
  new Worker(program, options).unref();
}
