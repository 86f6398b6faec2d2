import type { CallOptions, Handler } from '../call/call.ts';
import { callOptions, noOptions } from '../call/call-options.ts';
import { checkOptions } from '../errors/check-options.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { makePipeline, makeRemote } from '../remote/remote.ts';
import type { Pipeline } from '../remote/pipeline-types.ts';
import type { Remote } from '../remote/types.ts';
import { closeChecks, defaultGraceMs } from './connect-options.ts';
import { mainPortKey, type HasMainPort } from './main-port-of.ts';
import type { SessionCore } from './protocol.ts';
import type { CloseOptions, Session, SessionStats } from './session.ts';

/**
 * A session as users see it.
 *
 * @param handler - What makes its calls, where there is more around them than the session's own middleware.
 */
export function dressed<Module>(core: SessionCore, handler?: Handler): Session<Module> {
  const close = async (options: CloseOptions = {}): Promise<void> => {
    checkOptions<CloseOptions>('close()', options, closeChecks);
    await core.close(options.graceMs ?? defaultGraceMs);
  };
  const origin = handler === undefined ? core.origin : { ...core.origin, handler };
  const remote = (options: CallOptions): Remote<Module> =>
    (core.remote?.(options) ?? makeRemote(origin, options)) as Remote<Module>;
  const session: Session<Module> & HasMainPort = {
    remote: remote(noOptions),
    pipeline: makePipeline(origin) as Pipeline<Module>,
    ready: core.ready,
    closed: core.closed,
    get stats() {
      return statsOf(core);
    },
    with: (given) => {
      const options = callOptions(noOptions, given);
      if (options.kill === true) {
        throw new RpcError(
          'INVALID_OPTION',
          'with(): kill is for the children of fork(), worker() and spawn(); there is nothing to be killed here',
        );
      }
      return remote(options);
    },
    close,
    [mainPortKey]: () => core.mainPort,
    [Symbol.asyncDispose]: () => close(),
  };
  return session;
}

/** What a session has under way. */
export function statsOf(core: SessionCore): SessionStats {
  const { pendingCalls, runningCalls, queuedBytes, ignoredMessages } = core;
  const { exportedReferences, importedReferences, openStreams } = core;
  return {
    pendingCalls,
    runningCalls,
    queuedBytes,
    ignoredMessages,
    exportedReferences,
    importedReferences,
    openStreams,
  };
}
