// npm run fuzz -- --minutes N [--seed S]: gives each property of spec/fuzz its share of N minutes.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string', default: '0' } },
});

const folder = new URL('../spec/fuzz/', import.meta.url);
const properties = readdirSync(folder)
  .filter((name) => name.endsWith('.spec.ts'))
  .reduce(
    (sum, name) => sum + readFileSync(new URL(name, folder), 'utf8').split(/^\s*holds\(/m).length - 1,
    0,
  );
const seconds = Math.max(1, (Number(values.minutes) * 60) / properties);

process.stderr.write(`fuzz: ${properties} properties, ${seconds.toFixed(1)} s each\n`);
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'spec/fuzz', '--maxWorkers=1', '--typecheck.enabled=false'],
  {
    cwd: new URL('..', import.meta.url),
    env: { ...process.env, FUZZ_SECONDS: String(seconds), FUZZ_SEED: values.seed },
    stdio: 'inherit',
  },
);
process.exitCode = status ?? 1;
