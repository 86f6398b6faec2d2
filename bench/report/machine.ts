import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';

/** What a result depends on: the machine, and the versions of everything that takes part. */
export function machine(): string {
  const { version } = packageAt('../../package.json');
  const { dependencies = {} } = packageAt('../package.json');
  const peers = Object.entries(dependencies).map(([name, wanted]) => `${name} ${wanted}`);
  return [
    `- ${cpus().length} x ${cpus()[0]?.model.trim() ?? 'a core'}, ${Math.round(totalmem() / 2 ** 30)} GiB; ${type()} ${release()} ${arch()}`,
    `- Node ${process.versions.node}, V8 ${process.versions.v8}`,
    `- portcall ${version} (${commit()})`,
    `- ${peers.join(', ')}`,
  ].join('\n');
}

function packageAt(path: string): { version?: string; dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  } catch {
    return 'no commit';
  }
}
