import { nanoid } from 'nanoid';

import { closeChecks, defaultGraceMs } from '../connect/connect-options.ts';
import { statsOf } from '../connect/dressed.ts';
import { guardMiddleware } from '../connect/guard.ts';
import { sessionSettings } from '../connect/open-session.ts';
import { preparedChannel } from '../connect/prepared-channel.ts';
import type { CloseOptions } from '../connect/session.ts';
import { checkOptions } from '../errors/check-options.ts';
import type { ExitReason } from '../errors/errors.ts';
import type { Ending } from '../session/call-failure.ts';
import { Session } from '../session/session.ts';
import { timerMs } from '../shared/timer-ms.ts';
import type { ChildCore } from './child-core.ts';
import { childExited, startFailure } from './child-ending.ts';
import type { ChildState } from './child.ts';
import { blockingOn } from './blocking-life.ts';
import { startHeartbeat } from './heartbeat.ts';
import { defaultCancelGraceMs, defaultStartTimeoutMs, type LifeOptions } from './launch-options.ts';
import { launchedChannel } from './launched-channel.ts';
import type { Launched, Launcher } from './launcher.ts';
import { stuckCalls } from './stuck-calls.ts';

// After the exit of a child its channel may still hold replies; after the end of its channel its exit may still be on
// its way. Neither is waited for longer than this.
const drainMs = 250;

// A child that was sent SIGTERM has this long before it is sent SIGKILL.
const termMs = 1000;

// A timer may go off up to a millisecond before its time, by the clock that is asked.
const earlyMs = 2;

/** A child that lives once. */
export interface LaunchedChild extends ChildCore {
  /** Why its calls fail, once it has ended. */
  readonly ending: Ending | undefined;
  /** Why this child ends or has ended, where a call failed with this error because of that. */
  endingOf(error: unknown): Ending | undefined;
  /** Whether it was killed because of a call that did not end, made with `kill`. */
  readonly killedForCall: boolean;
  /** Fulfils when its channel has ended, which is before its exit is known. */
  readonly gone: Promise<void>;
  /** Fulfils once its event loop has answered; never, where it ends first. */
  ping(): Promise<void>;
}

/** How a life begins that is not the first of its child. */
export interface LaterLife {
  /** Milliseconds until it is started; they do not count as time to start. */
  readonly startsInMs: number;
}

/**
 * Joins the life of a process or thread with the session over its channel.
 *
 * @param later - Where the child has lived before: nobody waits for it to be ready, unless there are calls.
 */
export function launchedChild(
  launched: Launched,
  launcher: Launcher,
  options: LifeOptions,
  later?: LaterLife,
): LaunchedChild {
  const { life } = launched;
  const { what, limits, values } = launcher;
  const { prepared } = values;
  const graceMs = options.graceMs ?? defaultGraceMs;
  const cancelGraceMs = options.cancelGraceMs ?? defaultCancelGraceMs;
  const startTimeoutMs = options.startTimeoutMs ?? defaultStartTimeoutMs;
  let started = false;
  let closing = false;
  let over = false;
  let ending: Ending | undefined;
  // Why this side has ended the child, where it has.
  let why: string | undefined;
  let killedForCall = false;
  // Why its types could not be loaded here, where they could not.
  let unprepared: unknown;

  const stuck = stuckCalls(cancelGraceMs, (reason) => {
    killedForCall = true;
    why ??= reason;
    life.kill();
  });
  const whole = launchedChannel(launched.channel, life);
  const channel = prepared === undefined ? whole : preparedChannel(whole, prepared, limits.queuedBytes);
  const session = new Session(channel, {
    ...sessionSettings(nanoid(), limits, options, guardMiddleware(options), values),
    helloNow: prepared === undefined,
    handshakeMs: Infinity,
    hold: later === undefined ? 'while-awaited' : 'while-called',
    givenUp: cancelGraceMs === Infinity ? undefined : stuck.givenUp,
    explain: async (error, theirs) => {
      const exit = closing
        ? await life.exited
        : await exitSoon(theirs === undefined ? (error?.message ?? 'it had closed its channel') : undefined);
      const end = { life, what, exit, why, error, theirs, unprepared };
      return (ending = started ? childExited(end) : startFailure(end));
    },
  });

  let preparing = prepared !== undefined;
  prepared?.then(
    () => {
      preparing = false;
      session.hello();
    },
    (error: unknown) => {
      unprepared = error;
      life.kill();
    },
  );

  /**
   * A child without a channel is of no use to anybody: it is ended if it does not do so by itself.
   *
   * @param because - Why, unless the child itself has said what happened.
   */
  const exitSoon = async (because: string | undefined): Promise<ExitReason> => {
    const timer = setTimeout(() => {
      why ??= because;
      life.kill();
    }, drainMs);
    const exit = await life.exited;
    clearTimeout(timer);
    return exit;
  };

  const startMs = startTimeoutMs + (later?.startsInMs ?? 0);
  const startsBy = performance.now() + startMs;
  const startTimer = startMs === Infinity ? undefined : setTimeout(tooSlow, timerMs(startMs));
  startTimer?.unref();
  function tooSlow(): void {
    why = `it was not ready within ${startTimeoutMs} ms (startTimeoutMs)`;
    life.kill();
  }
  let stopHeartbeat: (() => void) | undefined;
  session.ready.then(
    () => {
      clearTimeout(startTimer);
      started = true;
      if (options.heartbeat === undefined) return;
      stopHeartbeat = startHeartbeat(session, life, options.heartbeat, (reason) => (why = reason));
    },
    () => clearTimeout(startTimer),
  );
  const exited = life.exited.then(async (exit) => {
    stopHeartbeat?.();
    stuck.clear();
    // Replies that were written before the exit are still in the channel.
    const timer = setTimeout(() => channel.destroy(), drainMs);
    await session.closed;
    clearTimeout(timer);
    over = true;
    return exit;
  });

  const close = async (closeOptions: CloseOptions = {}): Promise<void> => {
    checkOptions<CloseOptions>('close()', closeOptions, closeChecks);
    if (over) return;
    const ms = closeOptions.graceMs ?? graceMs;
    why ??= 'it was closed';
    session.overrideHold(true);
    closing = true;
    // `closed` waits for the exit, so the child is ended beside it.
    const until = performance.now() + ms;
    const ended = session.close(ms);
    await Promise.race([session.channelGone, exited]);
    // One that did not finish in time gets no more of it.
    const endMs = performance.now() < until - earlyMs ? ms : 0;
    const term = setTimeout(() => life.stop(), timerMs(endMs));
    const kill = setTimeout(() => life.kill(), timerMs(endMs + termMs));
    await exited;
    clearTimeout(term);
    clearTimeout(kill);
    await ended;
  };
  const terminate = async (): Promise<void> => {
    if (over) return;
    why ??= 'it was terminated';
    closing = true;
    session.overrideHold(true);
    life.kill();
    await exited;
  };

  const blocking = blockingOn({
    what,
    readyBy: startsBy,
    life: () => launched.blocking,
    preparing: () => preparing,
    tooLate: tooSlow,
    ending: (ready, exit, error, theirs) => {
      const end = { life, what, exit, why, error, theirs, unprepared };
      return ready || started ? childExited(end) : startFailure(end);
    },
  });

  const stateOf = (): ChildState => {
    if (over) return 'exited';
    if (closing) return 'closing';
    return started ? 'ready' : 'starting';
  };

  return {
    origin: session.origin,
    blocking: (call, from) => session.callBlocking(call, from, blocking),
    ready: session.ready,
    exited,
    get state() {
      return stateOf();
    },
    restarts: 0,
    get stats() {
      return statsOf(session);
    },
    stdout: launcher.stdout,
    stderr: launcher.stderr,
    get id() {
      return life.id;
    },
    get ending() {
      return ending;
    },
    endingOf: (error) => session.endingOf(error),
    get killedForCall() {
      return killedForCall;
    },
    gone: session.channelGone,
    ping: () => session.ping(),
    get mainPort() {
      return session.mainPort;
    },
    close,
    terminate,
    hold: (held) => session.overrideHold(held),
  };
}
