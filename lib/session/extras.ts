import type { Call } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { Extras } from '../protocol/protocol.ts';
import { callName } from '../call/call-name.ts';

/** Whether anything goes with a call beside its arguments, whose own needs aside. */
export function hasExtras({ options, keep }: Call): boolean {
  const { timeoutMs = Infinity, metadata } = options;
  return timeoutMs !== Infinity || metadata !== undefined || keep !== undefined;
}

/**
 * What goes with a call beside its arguments, as text; `undefined` where there is nothing.
 *
 * @param uses - The calls whose results are among the arguments.
 * @throws RpcError `NOT_SERIALIZABLE` where the metadata is not what JSON can say
 */
export function extrasText(call: Call, uses: ReadonlySet<number> | undefined): string | undefined {
  const { timeoutMs = Infinity, metadata } = call.options;
  if (!hasExtras(call) && uses === undefined) return undefined;
  const extras: Extras = {
    ...(timeoutMs !== Infinity && { timeoutMs }),
    ...(metadata !== undefined && { metadata }),
    ...(call.keep !== undefined && { keep: true }),
    ...(uses !== undefined && { uses: [...uses] }),
  };
  try {
    return JSON.stringify(extras);
  } catch (cause) {
    throw new RpcError(
      'NOT_SERIALIZABLE',
      `${callName(call)} was not sent: metadata holds what JSON cannot say; give it plain values`,
      { cause, delivery: 'not-sent' },
    );
  }
}
