// Runs the numbered demos one after the other, each in a process of its own, and fails if one of them does.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Far more than the slowest takes; a demo that hangs must not hang whoever runs it.
const limitMs = 60_000;

const folder = new URL('./', import.meta.url);
// Beside each demo is the module that its child runs: `01-….child.js`.
const demos = readdirSync(folder)
  .filter((file) => /^\d\d-[\w-]+\.ts$/.test(file))
  .toSorted();

const failed: string[] = [];
for (const demo of demos) {
  console.log(`\n=== demo/${demo}`);
  const started = performance.now();
  const script = fileURLToPath(new URL(demo, folder));
  const { status, signal, error } = spawnSync(process.execPath, [...process.execArgv, script], {
    stdio: 'inherit',
    timeout: limitMs,
  });
  if (status === 0) {
    console.log(`--- done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  } else {
    console.error(`--- FAILED: ${error?.message ?? `it ended with ${signal ?? `exit code ${status}`}`}`);
    failed.push(demo);
  }
}

console.log(
  `\n${demos.length - failed.length} of ${demos.length} demos did what they say` +
    (failed.length > 0 ? `; ${failed.join(', ')} failed` : ''),
);
process.exitCode = failed.length > 0 || demos.length === 0 ? 1 : 0;
