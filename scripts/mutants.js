// npm run mutants [-- --only N]: breaks a copy of the code in one place after the other, and shows that the specs see it.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { mutants } from './mutants/list.js';

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const root = fileURLToPath(new URL('..', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'portcall-mutants-'));
const ends = new AbortController();
process.once('SIGINT', () => ends.abort());

for (const name of [
  'lib',
  'spec',
  'scripts',
  'docs',
  'types',
  'package.json',
  'package-lock.json',
  'vitest.config.ts',
  'ARCHITECTURE.md',
])
  cpSync(join(root, name), join(copy, name), { recursive: true });
for (const name of ['tsconfig.json', 'tsconfig.build.json', 'tsconfig.neutral.json'])
  cpSync(join(root, name), join(copy, name));
// Each package by itself: what a build leaves in node_modules is not to be found by the builds of this one.
mkdirSync(join(copy, 'node_modules'));
for (const name of readdirSync(join(root, 'node_modules')))
  if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));

/** @param {readonly string[]} args */
function run(args) {
  return spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', timeout: 300_000 });
}

let caught = 0;
let made = 0;
for (const [index, { what, file, from, to, specs }] of mutants.entries()) {
  if (ends.signal.aborted) break;
  if (values.only !== undefined && Number(values.only) !== index + 1) continue;
  const path = join(copy, file);
  const source = readFileSync(path, 'utf8');
  const places = source.split(from).length - 1;
  if (places !== 1) {
    console.log(`${index + 1}. ${what}: ${file} has the code in ${places} places; bring the list up to date`);
    process.exitCode = 1;
    continue;
  }
  made++;
  writeFileSync(
    path,
    source.replace(from, () => to),
  );
  const built = run(['scripts/build.js']);
  const { status, stdout } = run([
    'node_modules/vitest/vitest.mjs',
    'run',
    ...specs,
    '--maxWorkers=1',
    '--typecheck.enabled=false',
    '--bail=1',
    '--reporter=json',
  ]);
  writeFileSync(path, source);
  const seen = built.status === 0 && status !== 0;
  if (seen) caught++;
  else process.exitCode = 1;
  console.log(
    `${index + 1}. ${what} (${file}): ${seen ? `caught by ${firstFailure(stdout)}` : built.status === 0 ? 'NOT CAUGHT' : 'does not build'}`,
  );
}
rmSync(copy, { recursive: true, force: true });
console.log(`${caught} of ${made} caught`);

/** The first spec that failed. @param {string} report */
function firstFailure(report) {
  try {
    const { testResults } =
      /** @type {{ testResults: { assertionResults: { status: string, fullName: string }[] }[] }} */ (
        JSON.parse(report.slice(report.indexOf('{')))
      );
    const failed = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .find(({ status }) => status === 'failed');
    return failed === undefined ? 'a spec that could not run' : `“${failed.fullName}”`;
  } catch {
    return 'a spec that did not end';
  }
}
