import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// What a package's `exports` may make a difference for, when it is imported by Node.
const conditions: ReadonlySet<string> = new Set(['node', 'import', 'module-sync', 'default']);

/**
 * Where a specifier leads from a module's point of view; `undefined` where that is nowhere.
 *
 * `import.meta.resolve` speaks for the file it stands in, and `require.resolve` finds nothing in packages that are for
 * `import` alone, as loaders tend to be.
 */
export function resolveFrom(url: string, specifier: string): string | undefined {
  if (/^(\.{0,2}\/|file:)/.test(specifier)) return new URL(specifier, url).href;
  const require = createRequire(url);
  const [, name, path = ''] = /^((?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(specifier) ?? [];
  for (const folder of name === undefined ? [] : (require.resolve.paths(specifier) ?? [])) {
    const entry = entryOf(exportsOf(join(folder, name!)), `.${path}`);
    if (entry !== undefined) return pathToFileURL(join(folder, name!, entry)).href;
  }
  try {
    return pathToFileURL(require.resolve(specifier)).href;
  } catch {
    return undefined;
  }
}

function exportsOf(folder: string): unknown {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { exports?: unknown };
    return manifest.exports;
  } catch {
    // Not in this folder.
    return undefined;
  }
}

/** The file behind one path of a package; patterns are left to `require.resolve`. */
function entryOf(exported: unknown, path: string): string | undefined {
  if (typeof exported === 'object' && exported !== null && path in exported) {
    return chosen((exported as Record<string, unknown>)[path]);
  }
  return path === '.' ? chosen(exported) : undefined;
}

function chosen(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (typeof target !== 'object' || target === null) return undefined;
  for (const [condition, inner] of Object.entries(target)) {
    const found = Array.isArray(target) || conditions.has(condition) ? chosen(inner) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
