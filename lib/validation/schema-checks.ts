import { checkOptions, record, type OptionCheck, type OptionChecks } from '../errors/check-options.ts';
import { invalidOption } from '../errors/invalid-option.ts';
import type { FunctionSchemas, StandardSchema } from './validation.ts';

const standardSchema: OptionCheck = (option, value) => {
  if (!isSchema(value))
    throw invalidOption(option, value, 'a Standard Schema, as zod, valibot and arktype make');
};

const checks: OptionChecks<FunctionSchemas> = {
  input: (option, value) => {
    if (Array.isArray(value)) value.forEach((item: unknown, at) => standardSchema(`${option}[${at}]`, item));
    else standardSchema(option, value);
  },
  output: standardSchema,
};

/**
 * Checks the schemas of one function.
 *
 * @throws RpcError `INVALID_OPTION`
 */
export function checkFunctionSchemas(option: string, value: unknown): void {
  record(option, value);
  checkOptions<FunctionSchemas>(option, value, checks);
  const { input, output } = value as FunctionSchemas;
  if (input === undefined && output === undefined)
    throw invalidOption(option, value, '{ input, output } with one schema at least');
}

/** Whether what stands in the place of a function's schemas is meant to be that, and not a nested object of them. */
export function isFunctionSchemas(value: object): value is FunctionSchemas {
  return ['input', 'output'].some((name) => {
    const schema: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
    return Array.isArray(schema) || isSchema(schema);
  });
}

// Arktype's schemas are functions.
function isSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  const standard: unknown = '~standard' in value ? value['~standard'] : undefined;
  return (
    typeof standard === 'object' &&
    standard !== null &&
    'validate' in standard &&
    typeof standard.validate === 'function'
  );
}
