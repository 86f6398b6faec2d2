/**
 * Checks what functions are called with and what they return, with the schemas of any library that keeps to Standard
 * Schema. Needs nothing of Node.
 *
 * @packageDocumentation
 */
export { checked } from './validation/checked.ts';
export { checking } from './validation/checking.ts';
export type { Checked, InputOf, OutputOf } from './validation/types.ts';
export type {
  ApiSchemas,
  FunctionSchemas,
  InputSchema,
  StandardSchema,
  StandardSchemaIssue,
  StandardSchemaProps,
  StandardSchemaResult,
} from './validation/validation.ts';
