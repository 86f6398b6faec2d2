import type { Call } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { callName } from '../call/call-name.ts';
import type { Middleware } from './middleware.ts';

/**
 * Says of a call whether it may be made: only `true` lets it through. What it throws is what the caller gets.
 *
 * It is asked before anything else, so that the arguments are as they came, unchecked. It sees reads too (`kind` is
 * `'get'`), and calls on what was handed out before.
 */
export type Allow = (call: Call) => boolean | Promise<boolean>;

/** The middleware behind the option `allow`. Calls keep their order where the answer is no promise. */
export function allowing(allow: Allow): Middleware {
  return (next) => async (call) => {
    const answer: unknown = allow(call);
    if ((typeof answer === 'boolean' ? answer : await answer) === true) return next(call);
    const name = callName(call);
    throw new RpcError('NOT_ALLOWED', `${name} did not run: the other side does not allow it`, {
      delivery: 'not-sent',
    });
  };
}
