import { target } from '../call/target.ts';
import { record } from '../errors/check-options.ts';
import { invalidOption } from '../errors/invalid-option.ts';
import { checkFunctionSchemas, isFunctionSchemas } from './schema-checks.ts';
import type { ApiSchemas, FunctionSchemas } from './validation.ts';

/** The schemas of one function, and where it is. */
interface SchemaEntry {
  readonly path: readonly string[];
  readonly schemas: FunctionSchemas;
}

/** Schemas by the key of the target they belong to: what calls are looked up in. */
export type SchemaTable = ReadonlyMap<string, SchemaEntry>;

/**
 * The schemas of an object's functions as one table.
 *
 * @param option - What they are called in messages: `expose(): schemas`.
 * @throws RpcError `INVALID_OPTION` where they are not what {@link ApiSchemas} says
 */
export function schemaTable(option: string, schemas: ApiSchemas): SchemaTable {
  const table = new Map<string, SchemaEntry>();
  collect(option, schemas, [], [], table);
  return table;
}

function collect(
  option: string,
  schemas: ApiSchemas,
  path: readonly string[],
  above: readonly object[],
  table: Map<string, SchemaEntry>,
): void {
  record(option, schemas);
  if (above.includes(schemas)) throw invalidOption(option, schemas, 'no object that it is nested in itself');
  for (const [name, value] of Object.entries(schemas)) {
    const at = `${option}.${name}`;
    const here = [...path, name];
    if (typeof value !== 'object' || value === null || !isNested(value)) {
      checkFunctionSchemas(at, value);
      table.set(target(here).key, { path: here, schemas: value });
    } else {
      collect(at, value, here, [...above, schemas], table);
    }
  }
}

/** A plain object that is no function's. What is none of both is checked as a function's, which says what is wrong. */
function isNested(value: ApiSchemas | FunctionSchemas): value is ApiSchemas {
  return Object.keys(value).length > 0 && !isFunctionSchemas(value) && !('~standard' in value);
}
