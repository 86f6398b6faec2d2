import { targetName } from '../call/target.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { nearestName } from '../shared/nearest-name.ts';
import { functionPaths } from './exported.ts';
import type { SchemaTable } from './schema-table.ts';

const namedAtMost = 8;

/**
 * Sees that schemas and what is exposed belong together.
 *
 * @param where - The function they were passed to, for messages: `expose()`.
 * @param exposed - What is exposed; `undefined` for nothing.
 * @param required - Whether each function needs a schema for its arguments.
 * @throws RpcError `INVALID_OPTION` where a schema is for no function, or a function has none that needs one
 */
export function verifySchemas(
  where: string,
  exposed: object | undefined,
  table: SchemaTable,
  required: boolean,
): void {
  const names = exposed === undefined ? [] : functionPaths(exposed).map((path) => targetName({ path }));
  const known = new Set(names);
  const given = new Set<string>();
  for (const { path, schemas } of table.values()) {
    const name = targetName({ path });
    if (!known.has(name)) throw nowhere(where, name, names);
    if (schemas.input !== undefined) given.add(name);
  }
  const missing = required ? names.filter((name) => !given.has(name)) : [];
  if (missing.length === 0) return;
  const more = missing.length > namedAtMost ? ` and ${missing.length - namedAtMost} more` : '';
  throw new RpcError(
    'INVALID_OPTION',
    `${where}: requireSchemas is set, and there is no schema for the arguments of ` +
      `${missing.slice(0, namedAtMost).join(', ')}${more}; give each an input in schemas ([] for no arguments), or do ` +
      'not expose it',
  );
}

function nowhere(where: string, name: string, names: readonly string[]): RpcError {
  const near = nearestName(name, names);
  const advice =
    near === undefined
      ? `there are ${names.slice(0, namedAtMost).join(', ') || 'none'}`
      : `did you mean ${near}?`;
  return new RpcError(
    'INVALID_OPTION',
    `${where}: schemas has ${name}, but no function of that name is exposed; ${advice}`,
  );
}
