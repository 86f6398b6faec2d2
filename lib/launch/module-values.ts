import { sessionValues, valuesOfModule, type SessionValues } from '../connect/session-values.ts';
import type { Limits } from '../protocol/limits.ts';

/**
 * How values are written to a child that loads a module: with the types of another module, where one is named, which
 * this side loads as well.
 *
 * @param where - The function that was called, for the message of an error.
 * @param types - The file URL of that module.
 */
export function moduleValues(where: string, limits: Limits, types: string | undefined): SessionValues {
  if (types === undefined) return sessionValues(where, limits, {});
  return valuesOfModule(limits, import(types) as Promise<object>, types);
}
