import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Installs the packages of `bench/package.json` where they are missing. Throws where npm fails. */
export function installPeers(): void {
  if (existsSync(new URL('./node_modules/.package-lock.json', import.meta.url))) return;
  console.error('installing the peers: npm ci in bench/');
  const { status, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error('npm ci in bench/ failed; --no-peers measures without them');
}
