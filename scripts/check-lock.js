// Some registries lack newly published native binaries. `npm install` then drops them from the lock without
// a word, and `npm ci` fails on other platforms, or everywhere. So: is the lock complete, and is it neutral?
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [resolved]
 * @property {string} [integrity]
 * @property {boolean} [link]
 * @property {boolean} [inBundle]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [optionalDependencies]
 */

const root = fileURLToPath(new URL('..', import.meta.url));

for (const folder of ['.', 'bench']) {
  const { packages, problems } = check(join(root, folder));
  for (const problem of problems) console.error(problem);
  console.log(`${join(folder, 'package-lock.json')}: ${packages} packages, ${problems.length} problems`);
  if (problems.length > 0) process.exitCode = 1;
}

/** @param {string} folder */
function check(folder) {
  /** @type {{ packages: Record<string, LockedPackage> }} */
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  /** @type {string[]} */
  const problems = [];
  for (const [place, entry] of Object.entries(lock.packages)) {
    const name = place || 'the package itself';
    const wanted = {
      ...entry.dependencies,
      ...entry.optionalDependencies,
      ...(place === '' ? entry.devDependencies : {}),
    };
    for (const dependency of Object.keys(wanted)) {
      if (!isLocked(lock, place, dependency)) problems.push(`${name} wants ${dependency}: not in the lock`);
    }
    if (place === '') {
      for (const [dependency, version] of Object.entries(wanted)) {
        if (!/^(npm:.+@)?\d+\.\d+\.\d+\S*$/.test(version)) {
          problems.push(`${dependency} is not pinned: ${version}`);
        }
      }
    } else {
      // A `resolved` names the registry of whoever ran npm last, and others cannot install from there.
      if (entry.resolved) problems.push(`${name} names a host: ${entry.resolved}`);
      if (!entry.integrity && !entry.link && !entry.inBundle) problems.push(`${name} has no integrity`);
    }
  }
  if (problems.length === 0) problems.push(...tryInstall(folder));
  return { packages: Object.keys(lock.packages).length, problems };
}

/**
 * Looks where Node would: beside the package, then in every folder above.
 *
 * @param {{ packages: Record<string, LockedPackage> }} lock
 * @param {string} place
 * @param {string} dependency
 */
function isLocked(lock, place, dependency) {
  for (let at = place; ;) {
    if (`${at && `${at}/`}node_modules/${dependency}` in lock.packages) return true;
    if (at === '') return false;
    const above = at.lastIndexOf('/node_modules/');
    at = above < 0 ? '' : at.slice(0, above);
  }
}

/**
 * npm's own opinion, in an empty folder: here it would look at what is installed already.
 *
 * @param {string} from
 */
function tryInstall(from) {
  const folder = mkdtempSync(join(tmpdir(), 'portcall-lock-'));
  try {
    for (const file of ['package.json', 'package-lock.json']) {
      copyFileSync(join(from, file), join(folder, file));
    }
    const { status, stderr } = spawnSync(
      'npm',
      ['ci', '--dry-run', '--ignore-scripts', '--no-audit', '--no-fund'],
      { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' },
    );
    return status === 0 ? [] : [`npm ci --dry-run failed\n${stderr}`];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
