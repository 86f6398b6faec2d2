import { RpcError } from '../errors/rpc-error.ts';

/**
 * The error of an option that asks for more trust than there is.
 *
 * @param option - The full name.
 * @param how - How it can be had.
 */
export function untrusting(option: string, how: string): RpcError {
  return new RpcError('INVALID_OPTION', `${option} is 'none', which there is only ${how}`);
}
