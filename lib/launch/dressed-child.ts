import { callOptions, noOptions } from '../call/call-options.ts';
import { mainPortKey, type HasMainPort } from '../connect/main-port-of.ts';
import type { Pipeline } from '../remote/pipeline-types.ts';
import { makePipeline, makeRemote } from '../remote/remote.ts';
import { makeSyncRemote } from '../remote/sync-remote.ts';
import type { Remote } from '../remote/types.ts';
import type { ChildCore } from './child-core.ts';
import type { Child, ForkedChild, WorkerChild } from './child.ts';

/** A process as users see it. */
export function forkedChild<Module>(core: ChildCore): ForkedChild<Module> {
  const pid = { get: () => core.id, enumerable: true };
  return Object.defineProperty(dressedChild(core), 'pid', pid) as ForkedChild<Module>;
}

/** A thread as users see it. */
export function workerChild<Module>(core: ChildCore): WorkerChild<Module> {
  return Object.defineProperties(dressedChild(core), {
    threadId: { get: () => core.id ?? -1, enumerable: true },
    sync: { value: makeSyncRemote(core.origin, core.blocking), enumerable: true },
  }) as WorkerChild<Module>;
}

function dressedChild<Module>(core: ChildCore): Child<Module> {
  const child: Child<Module> & HasMainPort = {
    remote: makeRemote(core.origin) as Remote<Module>,
    pipeline: makePipeline(core.origin) as Pipeline<Module>,
    ready: core.ready,
    exited: core.exited,
    get state() {
      return core.state;
    },
    get restarts() {
      return core.restarts;
    },
    get stats() {
      return core.stats;
    },
    stdout: core.stdout,
    stderr: core.stderr,
    with: (given) => makeRemote(core.origin, callOptions(noOptions, given)) as Remote<Module>,
    close: (options) => core.close(options),
    terminate: () => core.terminate(),
    ref: () => core.hold(true),
    unref: () => core.hold(false),
    [mainPortKey]: () => core.mainPort,
    [Symbol.asyncDispose]: () => core.close(),
  };
  return child;
}
