import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { existing } from './module-url.ts';

// What `import`, `export … from`, `import()` and `require()` name, where that is a literal. A comment or a string that
// looks like it names a file too many at worst.
const specifiers = /\b(?:from|import|require)\s*\(?\s*(?:"([^"\n]+)"|'([^'\n]+)')/g;

// What a path is completed with that is no file as it stands; only `require` does that.
const completions = ['.js', '.cjs', '.mjs', '.json', '.ts', '.cts', '.mts', '/index.js', '/index.ts'];

/**
 * The paths of a module and of all that it imports by relative or absolute paths, directly or not. What is installed is
 * not among them, nor what is only imported by a name that is computed.
 */
export function moduleFiles(url: URL): Set<string> {
  const found = new Set<string>();
  const open = [fileURLToPath(url)];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const source = sourceOf(path);
    // Also what is not there, or cannot be read: it may come.
    if (found.has(path)) continue;
    found.add(path);
    for (const [, double, single] of source.matchAll(specifiers)) {
      const target = pathOf(double ?? single ?? '', path);
      if (target !== undefined && !found.has(target)) open.push(target);
    }
  }
  return found;
}

function sourceOf(path: string): string {
  try {
    return path.endsWith('.json') ? '' : readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Where a specifier leads; `undefined` for what is installed. */
function pathOf(specifier: string, from: string): string | undefined {
  const bare = !/^\.{0,2}\//.test(specifier) && !specifier.startsWith('file:') && !isAbsolute(specifier);
  if (bare) return undefined;
  // A query tells instances of one file apart.
  const plain = specifier.replace(/[?#].*$/, '');
  const path = plain.startsWith('file:') ? fileURLToPath(plain) : resolve(dirname(from), plain);
  const source = fileURLToPath(existing(pathToFileURL(path)));
  if (isFile(source)) return realpathSync(source);
  return completions.map((ending) => path + ending).find(isFile) ?? path;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
