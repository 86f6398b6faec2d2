import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { RpcError } from '../errors/rpc-error.ts';

/** What launched children start with. */
export interface Bootstrap {
  /** The file that is run. */
  readonly file: string;
  /** All that it reads, itself included. */
  readonly files: readonly string[];
  /** Whether it takes, and closes, a descriptor for what V8 has compiled. */
  readonly sharesCode: boolean;
}

// `scripts/build.js` writes it within the first lines.
const sharing = '// shares compiled code';

/**
 * The files that launched children start with: those of this package, where the user has given none.
 *
 * @param where - The function that was called, for the message of an error.
 * @throws RpcError `INVALID_OPTION` where the file is not there
 */
export function bootstrapFile(where: string, given: URL | undefined): Bootstrap {
  const file = fileURLToPath(given ?? new URL('../child/start.mjs', import.meta.url));
  if (!existsSync(file)) {
    throw new RpcError(
      'INVALID_OPTION',
      `${where}: bootstrap is ${file}, and there is no such file. A parent that is bundled ships a copy of ` +
        "portcall/bootstrap beside it and passes bootstrap: new URL('./bootstrap.js', import.meta.url)",
    );
  }
  if (given !== undefined) return { file, files: [file], sharesCode: beginning(file).includes(sharing) };
  return {
    file,
    files: [file, fileURLToPath(new URL('../bootstrap.js', import.meta.url))],
    sharesCode: true,
  };
}

/** Its first lines; nothing of one that cannot be read, which Node will say. */
function beginning(file: string): string {
  try {
    const fd = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(256);
      return bytes.toString('latin1', 0, readSync(fd, bytes));
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}
