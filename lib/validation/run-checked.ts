import type { Issue, RpcErrorCode } from '../errors/errors.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { describe } from '../shared/describe.ts';
import { issuesFrom, issuesText } from './issues.ts';
import type { FunctionSchemas, InputSchema, StandardSchema, StandardSchemaResult } from './validation.ts';

/** What a schema says of a value. */
type Verdict = StandardSchemaResult<unknown>;

/**
 * Checks arguments, runs the function with what the schemas have made of them, and checks what it returns.
 *
 * What needs no waiting is not waited for: calls start in the order in which they were made unless a schema takes its
 * time.
 *
 * @param what - The function, for messages: `save()`.
 */
export function runChecked(
  schemas: FunctionSchemas,
  what: string,
  args: readonly unknown[],
  run: (args: readonly unknown[]) => unknown,
): unknown {
  const { input, output } = schemas;
  const result = after(input === undefined ? args : checkedArguments(input, what, args), run);
  return output === undefined ? result : after(result, (value) => checkedResult(output, what, value));
}

function checkedArguments(
  input: InputSchema,
  what: string,
  args: readonly unknown[],
): readonly unknown[] | PromiseLike<readonly unknown[]> {
  if ('~standard' in input) {
    return after(input['~standard'].validate(args), (result) => wholeList(what, result));
  }
  const results = Array.from(input, (schema, at) => verdictOn(schema, args[at]));
  const judge = (all: readonly Verdict[]): readonly unknown[] => eachArgument(what, args, all);
  const waiting = results.some(isThenable);
  return waiting ? Promise.all(results.map(promised)).then(judge) : judge(results as readonly Verdict[]);
}

/** A schema that throws is told of with the others, none of which is then left behind. */
function verdictOn(schema: StandardSchema, value: unknown): Verdict | Promise<Verdict> {
  try {
    return schema['~standard'].validate(value);
  } catch (error) {
    return Promise.reject(error);
  }
}

async function promised(verdict: Verdict | Promise<Verdict>): Promise<Verdict> {
  return verdict;
}

function eachArgument(
  what: string,
  args: readonly unknown[],
  results: readonly Verdict[],
): readonly unknown[] {
  const issues = results.flatMap(({ issues: found }, at) =>
    found === undefined ? [] : issuesFrom(found, [at]),
  );
  if (args.length > results.length) {
    issues.push({
      message: `there is no such argument: it takes ${results.length}`,
      path: [results.length],
    });
  }
  if (issues.length > 0) throw refused('INVALID_ARGUMENT', what, issues);
  const checked = results.map((result) => (result as { readonly value: unknown }).value);
  // What was left out stays so, unless the schema has put something in its place: a function may count its arguments.
  while (checked.length > args.length && checked.at(-1) === undefined) checked.pop();
  return checked;
}

function wholeList(what: string, result: Verdict): readonly unknown[] {
  if (result.issues !== undefined) throw refused('INVALID_ARGUMENT', what, issuesFrom(result.issues, []));
  if (Array.isArray(result.value)) return result.value as readonly unknown[];
  const message = `its schema gives ${describe(result.value)}; the schema of all arguments has to give a list of them`;
  throw refused('INVALID_ARGUMENT', what, [{ message, path: [] }]);
}

function checkedResult(output: StandardSchema, what: string, value: unknown): unknown {
  return after(output['~standard'].validate(value), (result) => {
    if (result.issues === undefined) return result.value;
    throw refused('INVALID_RESULT', what, issuesFrom(result.issues, []));
  });
}

function refused(
  code: Extract<RpcErrorCode, 'INVALID_ARGUMENT' | 'INVALID_RESULT'>,
  what: string,
  issues: readonly Issue[],
): RpcError {
  return code === 'INVALID_ARGUMENT'
    ? new RpcError(code, `${what} did not run: ${issuesText('arguments', issues)}`, {
        issues,
        delivery: 'not-sent',
      })
    : new RpcError(
        code,
        `${what} has run, but not returned what it should: ${issuesText('result', issues)}`,
        {
          issues,
          delivery: 'unknown',
        },
      );
}

/** Goes on with a value once it is there: now, or when its promise fulfils. */
function after<Value, Next>(
  value: Value | PromiseLike<Value>,
  next: (value: Value) => Next | PromiseLike<Next>,
): Next | PromiseLike<Next> {
  return isThenable(value) ? later(value, next) : next(value);
}

async function later<Value, Next>(
  value: PromiseLike<Value>,
  next: (value: Value) => Next | PromiseLike<Next>,
): Promise<Next> {
  return next(await value);
}

function isThenable<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    'then' in value &&
    typeof value.then === 'function'
  );
}
