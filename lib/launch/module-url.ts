import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { RpcError } from '../errors/rpc-error.ts';
import { invalidOption } from '../errors/invalid-option.ts';

// What a compiled file's name is written as in source: `./math.js` stands for `./math.ts` until it is compiled.
const sources: ReadonlyMap<string, string> = new Map([
  ['.js', '.ts'],
  ['.mjs', '.mts'],
  ['.cjs', '.cts'],
]);

/**
 * The file URL of the module a child is to load.
 *
 * @param where - The function that was called, for the message of an error.
 * @param name - What it was passed as.
 * @throws RpcError `INVALID_OPTION` for anything but a file URL or an absolute path
 */
export function moduleUrl(where: string, module: unknown, name = 'module'): URL {
  const option = `${where}: ${name}`;
  const url = module instanceof URL ? module : typeof module === 'string' ? urlOf(option, module) : undefined;
  if (url === undefined) throw invalidOption(option, module, 'a file URL or an absolute path');
  if (url.protocol !== 'file:') {
    throw new RpcError(
      'INVALID_OPTION',
      `${option} is ${url.href}; it must be a file: URL or an absolute path`,
    );
  }
  return existing(url);
}

function urlOf(option: string, text: string): URL {
  if (isAbsolute(text)) return pathToFileURL(text);
  if (text.startsWith('file:')) return new URL(text);
  throw new RpcError(
    'INVALID_OPTION',
    `${option} is ${JSON.stringify(text)}, and a relative path means nothing here: write ` +
      `new URL(${JSON.stringify(text.startsWith('.') ? text : `./${text}`)}, import.meta.url), or an absolute path`,
  );
}

/** The file itself, or the TypeScript source it will be compiled from, where only that is there. */
export function existing(url: URL): URL {
  const path = fileURLToPath(url);
  if (existsSync(path)) return url;
  const [, ending = ''] = /(\.[mc]?js)$/.exec(path) ?? [];
  const source = sources.get(ending);
  if (source === undefined) return url;
  const sourcePath = path.slice(0, -ending.length) + source;
  return existsSync(sourcePath) ? pathToFileURL(sourcePath) : url;
}
