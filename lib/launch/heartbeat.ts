import type { Session } from '../session/session.ts';
import { afterPendingInput } from '../shared/scheduler.ts';
import { timerMs } from '../shared/timer-ms.ts';
import type { HeartbeatOptions } from './launch-options.ts';
import type { Life } from './life.ts';

const defaultMisses = 3;

/**
 * Asks a child at intervals whether it is there. One that is stopped and misses several times is killed; one that is
 * busy is left alone, up to `maxBusyMs`.
 *
 * @param died - Told why, just before the child is killed.
 * @returns Stops watching.
 */
export function startHeartbeat(
  session: Session,
  life: Life,
  options: HeartbeatOptions,
  died: (why: string) => void,
): () => void {
  const { intervalMs, misses = defaultMisses, maxBusyMs = Infinity } = options;
  let answered = true;
  let lookedAt = performance.now();
  let silentMs = 0;
  let stoppedTimes = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const ask = (): void => {
    answered = false;
    silentMs = 0;
    void session.ping().then(() => (answered = true));
  };
  /** Why it is to be killed, if it is. */
  const judge = (): string | undefined => {
    const now = performance.now();
    // Time that this process spent being busy or stopped itself is not the child's.
    silentMs += Math.min(now - lookedAt, 2 * intervalMs);
    lookedAt = now;
    // Looked at before it is asked as well: what it is asked while it is stopped counts as missed.
    if (life.condition() === 'stopped') stoppedTimes++;
    else stoppedTimes = 0;
    if (answered) ask();
    else if (stoppedTimes >= misses) return `it was stopped and missed ${misses} heartbeats`;
    else if (silentMs >= maxBusyMs) return `it was busy for more than ${maxBusyMs} ms (heartbeat.maxBusyMs)`;
    return undefined;
  };
  const look = (): void => {
    if (timer === undefined) return;
    const why = judge();
    if (why === undefined) return wait();
    timer = undefined;
    died(why);
    life.kill();
  };
  const wait = (): void => {
    // No longer than it may be busy; past that every interval.
    const restMs = answered || silentMs >= maxBusyMs ? Infinity : maxBusyMs - silentMs;
    // Looked only after the input has been: this process may have been busy itself while the answer came.
    timer = setTimeout(() => afterPendingInput(look), timerMs(Math.min(intervalMs, Math.ceil(restMs))));
    timer.unref();
  };
  wait();
  return () => {
    clearTimeout(timer);
    timer = undefined;
  };
}
