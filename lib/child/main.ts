// What runs in a process or thread that `fork` or `worker` has started: it opens the session to the parent, loads the
// module and offers its exports. Built into one self-contained file, so that a bundled parent can ship it.

import { fileURLToPath } from 'node:url';
import { receiveMessageOnPort, workerData } from 'node:worker_threads';

import { channelToParent } from '../connect/child-channel.ts';
import { dressed } from '../connect/dressed.ts';
import type { LaunchedWorkerData, LaunchNote } from '../connect/launch-note.ts';
import { sessionSettings } from '../connect/open-session.ts';
import { preparedChannel } from '../connect/prepared-channel.ts';
import { sessionValues, valuesOfModule } from '../connect/session-values.ts';
import { compose } from '../middleware/compose.ts';
import { limitsFrom, type Limits } from '../protocol/limits.ts';
import { explainByChannel } from '../session/explain.ts';
import type { Exposed } from '../session/session-options.ts';
import { Session } from '../session/session.ts';
import type { Channel } from '../channel/channel.ts';
import { Bell } from '../transports/bell.ts';
import { stayAwake } from '../transports/eager-port.ts';
import { PortChannel } from '../transports/port-channel.ts';
import { followParent } from './follow-parent.ts';
import { loadModule } from './load-module.ts';
import { leaveParentLink, type ExposedAround } from './parent-link.ts';
import { rehearse } from './rehearse.ts';
import { takeLaunchNote } from './take-launch-note.ts';
import { setWorkerData } from './worker-data.ts';
import { withVitals } from './vitals.ts';
import { startWatchdog } from './watchdog.ts';

function start(): void {
  // Not asked of Node whether this is a thread: a process would load all that has to do with threads for it.
  const note = takeLaunchNote() ?? (workerData as LaunchedWorkerData | null)?.portcall;
  if (note?.module === undefined) {
    throw new Error('this file is started by portcall’s fork() and worker(); it does nothing by itself');
  }
  // What a module finds when Node starts it: itself, not us.
  process.argv[1] = note.path ?? fileURLToPath(note.module);
  void run(note, note.module);
}

async function run(note: LaunchNote, module: string): Promise<void> {
  const limits = limitsFrom('fork()', note.limits);
  const loader = note.loader ?? 'auto';
  const values =
    note.types === undefined
      ? sessionValues('fork()', limits, {})
      : valuesOfModule(limits, loadModule(note.types, loader), note.types);
  const { prepared } = values;
  const fills = note.code !== undefined && note.code.bytes === undefined;
  // Its file is read while the session is built; it runs only once that is done.
  const loading = prepared === undefined && !fills ? loadModule(module, loader) : undefined;
  loading?.catch(() => {});
  const channel = channelOf(note, limits);
  const readable = prepared === undefined ? channel : preparedChannel(channel, prepared, limits.queuedBytes);
  const session = new Session(readable, {
    ...sessionSettings(note.session ?? '', limits, {}, [], values),
    helloNow: false,
    handshakeMs: Infinity,
    hold: 'always',
    explain: explainByChannel,
  });
  followParent(session, note);
  if (note.watchdog === true) startWatchdog();
  let exposed: Exposed | undefined;
  let around: ExposedAround | undefined;
  const offer = (offered: Exposed | undefined, within: ExposedAround | undefined): void => {
    if (offered !== undefined) within?.verify(offered.api);
    [exposed, around] = [offered, within];
    if (offered === undefined) return;
    const api = note.vitals === true ? withVitals(offered.api) : offered.api;
    session.expose({ ...offered, api, middleware: within?.middleware });
  };
  leaveParentLink({
    expose(api, within, middleware) {
      if (api !== undefined) offer({ api, what: 'the exposed object' }, within);
      else if (within !== undefined) offer(exposed, within);
      return dressed(session, compose(middleware, session.handler));
    },
  });
  try {
    await prepared;
    // What others start with is left behind when the module is about to be loaded; see `child/start.ts`.
    if (fills) await rehearse(limits, values).catch(() => {});
    const exports = await (loading ?? loadModule(module, loader));
    if (exposed === undefined) offer({ api: exports, what: module }, around);
    session.hello();
  } catch (error) {
    // The end of the session ends the process.
    process.exitCode = 1;
    await session.failToStart(error);
  }
}

function channelOf(note: LaunchNote, limits: Limits): Channel {
  if (note.channel !== 'port') return channelToParent(note, limits);
  const { port, bell } = workerData as LaunchedWorkerData;
  setWorkerData((receiveMessageOnPort(port) as { message: unknown }).message);
  const told = new Bell(bell);
  const channel = new PortChannel(port, limits.messageBytes, told);
  stayAwake(channel, port, told);
  return channel;
}

start();
