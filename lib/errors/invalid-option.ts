import { describe } from '../shared/describe.ts';
import { RpcError } from './rpc-error.ts';

/**
 * The error for a wrong option, thrown at the call that passed it.
 *
 * @param option - The option's name as the user wrote it, with the function: `fork(): graceMs`.
 * @param value - What was passed.
 * @param allowed - What would be right, as the end of the sentence "it must be …".
 */
export function invalidOption(option: string, value: unknown, allowed: string): RpcError {
  return new RpcError('INVALID_OPTION', `${option} is ${describe(value)}; it must be ${allowed}`);
}
