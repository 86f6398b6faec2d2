import type { LaunchNote } from '../connect/launch-note.ts';
import type { Session } from '../session/session.ts';
import { timerMs } from '../shared/timer-ms.ts';
import { closeAtExit } from './close-at-exit.ts';
import { isThread } from './is-thread.ts';

// How long a module that listens for SIGTERM may take to clean up, where the launcher has not said.
const defaultGraceMs = 5000;

/**
 * Ties this process to the one that launched it: it ends with the session, what has been returned is written out
 * before it exits, and Ctrl-C is left to the parent.
 */
export function followParent(session: Session, note: LaunchNote): void {
  // Whatever ends the process: results already returned are written out first.
  process.on('exit', () => session.flushSync());
  closeAtExit(note);
  // Ctrl-C reaches the whole process group. The parent may still wait for replies; when it ends, the channel does.
  if (!isThread(note)) process.on('SIGINT', leaveToParent);
  void session.closed.then(() => endProcess(note));
}

function leaveToParent(): void {}

/** Ends this process in the way its module expects: by SIGTERM where it listens for it, at once where it does not. */
function endProcess(note: LaunchNote): void {
  // In a worker this ends the thread, and signals are the process's.
  if (isThread(note) || process.listenerCount('SIGTERM') === 0) process.exit();
  const late = setTimeout(() => process.exit(), timerMs(note.graceMs ?? defaultGraceMs));
  // A signal comes by way of the event loop, which must not end before. From then on only the module keeps it going.
  process.once('SIGTERM', () => late.unref());
  process.kill(process.pid, 'SIGTERM');
}
