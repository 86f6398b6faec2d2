import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { RpcError } from '../errors/rpc-error.ts';

/**
 * The file that launched children start with.
 *
 * @param where - The function that was called, for the message of an error.
 * @param own - The file of this package that is meant where none is given, as a path within `dist`.
 * @throws RpcError `INVALID_OPTION` where it is not there
 */
export function bootstrapFile(where: string, given: URL | undefined, own = 'bootstrap.js'): string {
  const path = fileURLToPath(given ?? new URL(`../${own}`, import.meta.url));
  if (existsSync(path)) return path;
  throw new RpcError(
    'INVALID_OPTION',
    `${where}: bootstrap is ${path}, and there is no such file. A parent that is bundled ships a copy of ` +
      "portcall/bootstrap beside it and passes bootstrap: new URL('./bootstrap.js', import.meta.url)",
  );
}
