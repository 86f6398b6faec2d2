import { fileURLToPath } from 'node:url';

import { resolveFrom } from './resolve-from.ts';

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
  const found = loader === 'auto' ? knownLoader(url) : (resolveFrom(url, loader) ?? loader);
  // Before the module is tried: Node remembers a failed import and would fail it again.
  if (found !== undefined) await import(found);
  try {
    return (await import(url)) as object;
  } catch (error) {
    throw loader === 'auto' && isUnknownExtension(error, url) ? cannotLoad(url, error) : error;
  }
}

/** What is installed of the known loaders, where Node needs one. */
function knownLoader(url: string): string | undefined {
  if (!isTypeScript(url) || nodeLoads(url) || hasLoader()) return undefined;
  return knownLoaders.map((name) => resolveFrom(url, name)).find((found) => found !== undefined);
}

function isTypeScript(url: string): boolean {
  return /\.[mc]?tsx?$/.test(new URL(url).pathname);
}

/** Whether Node strips types itself; it does not for what is installed, nor for JSX. */
function nodeLoads(url: string): boolean {
  const strips = 'typescript' in process.features && Boolean(process.features.typescript);
  return strips && !url.includes('/node_modules/') && !new URL(url).pathname.endsWith('x');
}

/** Whether this process was started with a loader, which then is the one that is wanted. */
function hasLoader(): boolean {
  return [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)].some((option) =>
    /^--(import|(experimental-)?loader)(=|$)/.test(option),
  );
}

function isUnknownExtension(error: unknown, url: string): boolean {
  return (
    isTypeScript(url) &&
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
