// Runs `tsc` over each view of the sources. All of them report, then the first failure is the exit code.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc');

const projects = {
  'tsconfig.json': 'everything, as editors see it',
  'tsconfig.build.json': 'lib, as it is built (isolated declarations)',
  'tsconfig.neutral.json': 'the layers that run anywhere, without the types of Node',
};

for (const [project, view] of Object.entries(projects)) {
  console.log(`${project}: ${view}`);
  const { status, error } = spawnSync(process.execPath, [tsc, '--noEmit', '-p', project], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error) throw error;
  if (status !== 0) process.exitCode ||= status ?? 1;
}
