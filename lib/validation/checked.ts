import { callable } from '../errors/check-options.ts';
import { calledByPortcall } from '../shared/own-frames.ts';
import { runChecked } from './run-checked.ts';
import { checkFunctionSchemas } from './schema-checks.ts';
import type { Checked, CheckedArguments, UncheckedResult } from './types.ts';
import type { FunctionSchemas, StandardSchema } from './validation.ts';

/**
 * A function that checks its arguments before it runs and its result before it returns, with the schemas of any library
 * that keeps to Standard Schema: zod, valibot, arktype. It is called as the function itself is, from afar or not.
 *
 * What is refused throws an `RpcError` with the code `INVALID_ARGUMENT`, or `INVALID_RESULT` where the function
 * has run, whose `issues` say what is wrong and where. What a schema turns a value into is what the function is given,
 * or what its caller gets. With a schema that takes its time the function returns a promise.
 *
 * @param schemas - `input` is a list with a schema for each argument, or one schema for the list of all arguments;
 * `output` is the schema of the result.
 * @param fn - The function. `this` is handed on to it.
 * @typeParam Fn - The function's type.
 * @returns The function with its checks, of the same type, unless the schemas change values to those of another type.
 * @throws RpcError `INVALID_OPTION` where the schemas are none
 *
 * @example
 * ```ts
 * import { checked, type StandardSchema } from 'portcall/validation';
 *
 * // z.string() and z.number() of zod, v.string() of valibot, type('string') of arktype, …
 * declare const name: StandardSchema<string>;
 * declare const age: StandardSchema<number>;
 *
 * export const greet = checked({ input: [name, age] }, (who, years) => `${who} is ${years + 1} soon`);
 * ```
 */
export function checked<
  const Schemas extends FunctionSchemas<StandardSchema | readonly StandardSchema[]>,
  Fn extends (...args: CheckedArguments<Schemas>) => UncheckedResult<Schemas>,
>(schemas: Schemas, fn: Fn): Checked<Schemas, Fn> {
  checkFunctionSchemas('checked(): schemas', schemas);
  callable('checked(): fn', fn);
  const what = fn.name === '' ? 'the function' : `${fn.name}()`;
  const method = fn as (...args: never[]) => unknown;
  const withChecks = function (this: unknown, ...args: unknown[]): unknown {
    return runChecked(schemas, what, args, (list) => calledByPortcall(method, this, list));
  };
  Object.defineProperty(withChecks, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(withChecks, 'length', { value: fn.length, configurable: true });
  return withChecks as unknown as Checked<Schemas, Fn>;
}
