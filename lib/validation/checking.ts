import { targetName } from '../call/target.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { Middleware } from '../middleware/middleware.ts';
import { holdsFunctions } from './exported.ts';
import { runChecked } from './run-checked.ts';
import { schemaTable, type SchemaTable } from './schema-table.ts';
import type { ApiSchemas } from './validation.ts';

/**
 * A middleware that checks arguments before a call goes on and results when they come back, by the names of what is
 * called. Around the calls a side makes it refuses wrong arguments before anything is sent, and does not believe a
 * result that is none of those the schema takes. For the calls a side takes there is the option `schemas`, which also
 * sees that each schema is for something.
 *
 * @param schemas - Under the names of the functions, nested as these are.
 * @throws RpcError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { fork } from 'portcall';
 * import { checking, type StandardSchema } from 'portcall/validation';
 *
 * declare const count: StandardSchema<number>; // z.number(), say
 * const plugin = fork<{ words(text: string): number }>(new URL('./plugin.js', import.meta.url), {
 *   middleware: [checking({ words: { output: count } })],
 * });
 * console.log(await plugin.remote.words('one two')); // surely a number
 * ```
 */
export function checking(schemas: ApiSchemas): Middleware {
  return checkingTable(schemaTable('checking(): schemas', schemas), false);
}

/**
 * The middleware behind {@link checking} and the option `schemas`.
 *
 * @param required - Whether functions without a schema for their arguments are not called at all.
 */
export function checkingTable(table: SchemaTable, required: boolean): Middleware {
  return (next) => async (call) => {
    // What is called on something that was received is no export, whatever its name is.
    if (call.target.base !== undefined) return next(call);
    const what = targetName(call.target);
    if (call.kind === 'get') {
      const value = await next(call);
      if (isGuarded(table, required, call.target.path, value)) throw notRead(what);
      return value;
    }
    const entry = table.get(call.target.key);
    if (required && entry?.schemas.input === undefined) throw withoutSchema(what);
    if (entry === undefined) return next(call);
    const { input, output } = entry.schemas;
    // No result comes back of these: it is not wanted, stays at the callee, or is an instance of a class.
    const none = call.options.oneway === true || call.keep !== undefined || call.kind !== 'call';
    return runChecked({ input, output: none ? undefined : output }, `${what}()`, call.args, (args) =>
      next({ ...call, args }),
    );
  };
}

/** Whether a value that is read is a function, or holds some, that has to be called by its name to be checked. */
function isGuarded(table: SchemaTable, required: boolean, path: readonly string[], value: unknown): boolean {
  if (!holdsFunctions(value)) return false;
  return required || [...table.values()].some((entry) => path.every((name, at) => entry.path[at] === name));
}

function notRead(what: string): RpcError {
  return new RpcError(
    'NOT_ALLOWED',
    `${what} was not handed out: it is, or holds, a function with a schema, which would not be checked when it is ` +
      'called. Call it by its name',
    { delivery: 'not-sent' },
  );
}

function withoutSchema(what: string): RpcError {
  return new RpcError(
    'NOT_ALLOWED',
    `${what}() did not run: there is no schema for its arguments, and the other side requires one (requireSchemas)`,
    { delivery: 'not-sent' },
  );
}
