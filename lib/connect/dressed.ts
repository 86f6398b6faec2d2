import type { Handler } from '../call/call.ts';
import { callOptions, noOptions } from '../call/call-options.ts';
import { checkOptions } from '../errors/check-options.ts';
import { makeRemote } from '../remote/remote.ts';
import type { Remote } from '../remote/types.ts';
import type { Session as SessionCore } from '../session/session.ts';
import { closeChecks, defaultGraceMs } from './connect-options.ts';
import type { CloseOptions, Session, SessionStats } from './session.ts';

/**
 * A session as users see it.
 *
 * @param handler - What makes its calls, where there is more around them than the session's own middleware.
 */
export function dressed<Module>(core: SessionCore, handler: Handler = core.handler): Session<Module> {
  const close = async (options: CloseOptions = {}): Promise<void> => {
    checkOptions<CloseOptions>('close()', options, closeChecks);
    await core.close(options.graceMs ?? defaultGraceMs);
  };
  return {
    remote: makeRemote(handler) as Remote<Module>,
    ready: core.ready,
    closed: core.closed,
    get stats() {
      return statsOf(core);
    },
    with: (options) => makeRemote(handler, callOptions(noOptions, options)) as Remote<Module>,
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

/** What a session has under way. */
export function statsOf(core: SessionCore): SessionStats {
  const { pendingCalls, runningCalls, queuedBytes, ignoredMessages } = core;
  return { pendingCalls, runningCalls, queuedBytes, ignoredMessages };
}
