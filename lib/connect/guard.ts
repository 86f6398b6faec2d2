import type { Middleware } from '../middleware/middleware.ts';
import { allowing } from '../middleware/allow.ts';
import { checkingTable } from '../validation/checking.ts';
import { schemaTable } from '../validation/schema-table.ts';
import { verifySchemas } from '../validation/verify.ts';
import type { ConnectOptions } from './session.ts';

/** The options that stand between the calls of the other side and what is exposed. */
export type GuardOptions = Pick<ConnectOptions, 'allow' | 'servedMiddleware' | 'schemas' | 'requireSchemas'>;

/**
 * Sees that the schemas among the options and what is exposed belong together.
 *
 * @param where - The function they were passed to, for messages.
 * @throws RpcError `INVALID_OPTION`
 */
export function verifyGuard(where: string, options: GuardOptions, exposed: object | undefined): void {
  const { schemas, requireSchemas = false } = options;
  if (schemas === undefined && !requireSchemas) return;
  verifySchemas(where, exposed, schemaTable(`${where}: schemas`, schemas ?? {}), requireSchemas);
}

/**
 * All middleware around the calls that a side takes: first it is asked whether a call is allowed, last its arguments
 * are checked, so that what the user's own middleware has changed is checked too.
 */
export function guardMiddleware(options: GuardOptions): Middleware[] {
  const { allow, servedMiddleware = [], schemas, requireSchemas = false } = options;
  return [
    ...(allow === undefined ? [] : [allowing(allow)]),
    ...servedMiddleware,
    ...(schemas === undefined && !requireSchemas
      ? []
      : [checkingTable(schemaTable('schemas', schemas ?? {}), requireSchemas)]),
  ];
}
