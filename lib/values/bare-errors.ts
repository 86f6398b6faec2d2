import { RpcError } from '../errors/rpc-error.ts';
import type { RpcErrorCode } from '../errors/errors.ts';

// What these say names modules and programs of this side, or the last words of one.
const telling: ReadonlySet<RpcErrorCode> = new Set<RpcErrorCode>([
  'START_FAILED',
  'CHILD_EXITED',
  'CHANNEL_CLOSED',
  'METHOD_NOT_FOUND',
  'INVALID_OPTION',
]);

/**
 * What an error is to a side that is not trusted: its code and its message, without stack, cause and everything else.
 *
 * @param error - One that may be of any class and realm.
 * @param read - Reads a property of it, and never throws.
 * @param className - The built-in class it is of.
 */
export function bareFields(
  error: object,
  className: string,
  read: (object: object, key: string) => unknown,
  textOf: (value: unknown) => string,
): Record<string, unknown> {
  const code = read(error, 'code');
  const own = typeof code === 'string' || typeof code === 'number' ? { own: { code } } : {};
  // The name of a DOMException takes the place of a code.
  const name = className === 'DOMException' ? { name: textOf(read(error, 'name')) } : {};
  const message =
    error instanceof RpcError && telling.has(error.code)
      ? `the function failed at the other side with ${error.code}`
      : textOf(read(error, 'message'));
  return { ...name, message, ...own };
}
