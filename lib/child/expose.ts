import type { Channel } from '../channel/channel.ts';
import { channelToParent } from '../connect/child-channel.ts';
import { connect } from '../connect/connect.ts';
import { connectChecks } from '../connect/connect-options.ts';
import { dressed } from '../connect/dressed.ts';
import { guardMiddleware, verifyGuard } from '../connect/guard.ts';
import { openSession } from '../connect/open-session.ts';
import type { Session } from '../connect/session.ts';
import { sessionValues } from '../connect/session-values.ts';
import { checkOptions } from '../errors/check-options.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { limitsFrom } from '../protocol/limits.ts';
import { exposeChecks, type ExposeOptions } from './expose-options.ts';
import { followParent } from './follow-parent.ts';
import { findParentLink, type ExposedAround } from './parent-link.ts';
import { takeLaunchNote } from './take-launch-note.ts';

/**
 * Offers an object's functions to the process or thread that started this one, and gives the session with it, whose
 * `remote` is what the parent exposes.
 *
 * In a module that was launched with `fork` or `worker` the object takes the place of the module's exports; without
 * an object they stay as they are. In a program that was launched with `spawn` it opens the channel over stdio. It
 * finds the parent by what the launcher left, never by guessing: under a test runner, `cluster` or a process manager
 * `process.send` is somebody else's. A program started by hand names its `endpoint`.
 *
 * @param api - An object or module whose own functions the parent can call. Only own enumerable data properties count.
 * @param options - Where the parent is, if it did not launch this program; what calls are let through; limits. In a
 * module that was launched with `fork` or `worker` the session stands already, and takes no `limits`, `trust`, `types`,
 * `codec`, `protocol` or `onError`. What goes around calls goes with the object: offered anew, that is said anew. Without
 * an object it goes around what is offered already, and without such an option everything stays as it is.
 * @throws RpcError `INVALID_OPTION` when an option is wrong or comes too late, or when nobody has launched this program
 *
 * @example
 * ```ts
 * import { expose } from 'portcall';
 *
 * const parent = expose<{ log(line: string): void }>({
 *   async greet(name: string) {
 *     await parent.remote.log(`greeting ${name}`);
 *     return `hello ${name}`;
 *   },
 * });
 * ```
 */
export function expose<Parent = unknown>(api?: object, options: ExposeOptions = {}): Session<Parent> {
  checkOptions<ExposeOptions>('expose()', options, exposeChecks);
  if (api !== undefined) connectChecks.expose('expose(): api', api);
  // Whoever is wrong about a limit hears of it whether or not there is a parent.
  limitsFrom('expose()', options.limits, options.trust);
  const { endpoint, ...rest } = options;
  const link = findParentLink();
  // What the exports of a launched module are is known once it is loaded.
  if (api !== undefined || link === undefined || endpoint !== undefined)
    verifyGuard('expose()', options, api);
  if (endpoint !== undefined) return connect<Parent>(endpoint, { ...rest, expose: api ?? {} });
  if (link === undefined) {
    const parent = rest.protocol?.parent?.();
    if (parent !== undefined) return connect<Parent>(parent, { ...rest, expose: api ?? {} });
    return overNote<Parent>(api, options);
  }
  refuseLate(options);
  return link.expose(api, aroundFrom(options), options.middleware ?? []) as Session<Parent>;
}

/** What goes around the calls of what is exposed; `undefined` where the options say nothing of that. */
function aroundFrom(options: ExposeOptions): ExposedAround | undefined {
  const { allow, servedMiddleware, schemas, requireSchemas } = options;
  if ([allow, servedMiddleware, schemas, requireSchemas].every((option) => option === undefined))
    return undefined;
  return {
    middleware: guardMiddleware(options),
    verify: (exposed) => verifyGuard('expose()', options, exposed),
  };
}

/** The session of a launched module was opened before the module was loaded: what shapes it cannot come from there. */
function refuseLate({ limits, trust, types, codec, protocol, onError }: ExposeOptions): void {
  const given = { limits, trust, types, codec, protocol, onError };
  const late = Object.entries(given).find(([, value]) => value !== undefined);
  if (late === undefined) return;
  throw new RpcError(
    'INVALID_OPTION',
    `expose(): ${late[0]} comes too late in a module that fork() or worker() has launched: its session is open already. ` +
      'Pass it to fork() or worker() where they have it, or launch the program with spawn()',
  );
}

function overNote<Parent>(api: object | undefined, options: ExposeOptions): Session<Parent> {
  const note = takeLaunchNote();
  if (note === undefined) {
    throw new RpcError(
      'INVALID_OPTION',
      'expose(): endpoint is undefined and this program was not launched by Portcall, so there is no parent to expose ' +
        'to. Start it with fork(), worker() or spawn(), or say what leads to the parent: ' +
        'expose(api, { endpoint: process }) under a hand-made fork, expose(api, { endpoint: parentPort }) in a Worker',
    );
  }
  const limits = limitsFrom('expose()', { ...note.limits, ...options.limits }, options.trust);
  const values = sessionValues('expose()', { ...limits, trust: options.trust }, options);
  const channel: Channel = channelToParent(note, limits);
  const core = openSession(channel, limits, { ...options, expose: api ?? {} }, values, 'always');
  followParent(core, note);
  return dressed<Parent>(core);
}
