import { Worker } from 'node:worker_threads';

// The watched thread may loop for ever, so that this one does not share any code with it.
const program = `
  const parent = process.ppid;
  setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, 100);
`;

/** Starts a thread that ends this process when its parent is gone, even while the main thread is in a loop. */
export function startWatchdog(): void {
  new Worker(program, { eval: true, stdout: false, stderr: false, env: {}, execArgv: [] }).unref();
}
