import { createRequire, syncBuiltinESMExports } from 'node:module';

/** Shows the module the `workerData` that the user passed, in place of what the launcher needed to say. */
export function setWorkerData(value: unknown): void {
  // From wherever: it is Node's. The bundle knows no `import.meta`.
  const threads = createRequire(process.execPath)('node:worker_threads') as { workerData: unknown };
  threads.workerData = value;
  syncBuiltinESMExports();
}
