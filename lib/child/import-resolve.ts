import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// What Node's own `import` looks for in a package's `exports`.
const conditions: ReadonlySet<string> = new Set(['node', 'import', 'default']);

/**
 * The URL that `import(specifier)` would load in another module. Node 20's own `import.meta.resolve` answers for the
 * file it is written in alone.
 *
 * @param from - That module's URL.
 * @returns `undefined` where the specifier leads nowhere
 */
export function importResolve(specifier: string, from: string): string | undefined {
  const require = createRequire(from);
  try {
    return pathToFileURL(require.resolve(specifier)).href;
  } catch (error) {
    // The package is there, but offers this to `import` only, or not at all.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') return undefined;
  }
  const [, name = '', path = ''] = /^((?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(specifier) ?? [];
  const folder = require.resolve
    .paths(specifier)
    ?.map((modules) => join(modules, name))
    .find((candidate) => existsSync(join(candidate, 'package.json')));
  if (folder === undefined) return undefined;
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { exports?: unknown };
  const file = importedFile((manifest.exports as Record<string, unknown> | undefined)?.[`.${path}`]);
  return file === undefined ? undefined : pathToFileURL(join(folder, file)).href;
}

/** Conditions are tried in the order in which the package lists them. */
function importedFile(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry;
  if (typeof entry !== 'object' || entry === null) return undefined;
  for (const [condition, nested] of Object.entries(entry)) {
    if (!Array.isArray(entry) && !conditions.has(condition)) continue;
    const file = importedFile(nested);
    if (file !== undefined) return file;
  }
  return undefined;
}
