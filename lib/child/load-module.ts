import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

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
  if (loader !== 'auto') await import(specifierFrom(url, loader) ?? loader);
  try {
    return (await import(url)) as object;
  } catch (error) {
    if (loader !== 'auto' || !isUnknownExtension(error, url)) throw error;
    const found = knownLoaders
      .map((name) => specifierFrom(url, name))
      .find((specifier) => specifier !== undefined);
    if (found === undefined) throw cannotLoad(url, error);
    await import(found);
    return (await import(url)) as object;
  }
}

/** Where a package is from the module's point of view; `undefined` where it is not installed. */
function specifierFrom(url: string, name: string): string | undefined {
  const require = createRequire(url);
  try {
    return pathToFileURL(require.resolve(name)).href;
  } catch {
    return undefined;
  }
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
