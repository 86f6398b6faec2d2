import { fileURLToPath } from 'node:url';

import { importResolve } from './import-resolve.ts';

// What loads TypeScript where Node does not, in the order in which they are tried. tsx works in processes only.
const knownLoaders = ['@oxc-node/core/register', 'tsx'] as const;

/**
 * Loads the module whose exports are to be called.
 *
 * @param url - Its file URL.
 * @param loader - `'auto'`, or the specifier of a module that teaches Node to load it.
 * @throws Whatever the module throws, or an Error that says what to install
 */
export async function loadModule(url: string, loader: string): Promise<object> {
  if (loader !== 'auto') await import(importResolve(loader, url) ?? loader);
  else if (needsLoader(url) && !hasLoader()) {
    // Beforehand: Node remembers a file that it could not load, and does not try it again.
    const found = knownLoaders
      .map((name) => importResolve(name, url))
      .find((specifier) => specifier !== undefined);
    if (found !== undefined) await import(found);
  }
  try {
    return (await import(url)) as object;
  } catch (error) {
    throw loader === 'auto' && isUnknownExtension(error, url) ? cannotLoad(url, error) : error;
  }
}

/** Whether a file is TypeScript that this Node does not load by itself. */
function needsLoader(url: string): boolean {
  const { pathname } = new URL(url);
  if (!/\.[mc]?tsx?$/.test(pathname)) return false;
  // It takes away types from Node 22.18 on, outside node_modules, and knows nothing of JSX.
  const strips = 'typescript' in process.features && Boolean(process.features.typescript);
  return !strips || pathname.endsWith('x') || pathname.includes('/node_modules/');
}

/** Whether this process was started with a loader, which then is the one that is wanted. */
function hasLoader(): boolean {
  return [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)].some((option) =>
    /^--(import|(experimental-)?loader)(=|$)/.test(option),
  );
}

function isUnknownExtension(error: unknown, url: string): boolean {
  return (
    /\.[mc]?tsx?$/.test(new URL(url).pathname) &&
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ERR_UNKNOWN_FILE_EXTENSION' ||
      error.code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING')
  );
}

function cannotLoad(url: string, cause: unknown): Error {
  return new Error(
    `${fileURLToPath(url)} is TypeScript, which Node ${process.versions.node} does not load by itself. Install ` +
      '@oxc-node/core (or tsx, for processes) next to it, name another loader with the option "loader", compile it, or ' +
      'run on Node 22.18 or later',
    { cause },
  );
}
