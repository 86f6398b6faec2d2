import type { Readable } from 'node:stream';

import { callOptions, noOptions } from '../call/call-options.ts';
import type { Channel } from '../channel/channel.ts';
import { closeChecks, defaultGraceMs } from '../connect/connect-options.ts';
import { statsOf } from '../connect/dressed.ts';
import { sessionSettings } from '../connect/open-session.ts';
import type { CloseOptions } from '../connect/session.ts';
import { checkOptions } from '../errors/check-options.ts';
import type { ExitReason } from '../errors/errors.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { Limits } from '../protocol/limits.ts';
import { makeRemote } from '../remote/remote.ts';
import type { Remote } from '../remote/types.ts';
import type { Ending } from '../session/call-failure.ts';
import { Session } from '../session/session.ts';
import { timerMs } from '../shared/timer-ms.ts';
import type { Child, ChildState } from './child.ts';
import { withDirect } from './direct.ts';
import { startHeartbeat } from './heartbeat.ts';
import { defaultStartTimeoutMs, type LaunchOptions } from './launch-options.ts';
import { lastWords } from './last-words.ts';
import { launchedChannel } from './launched-channel.ts';
import { exitText, type Life } from './life.ts';

// After the exit of a child its channel may still hold replies; after the end of its channel its exit may still be on
// its way. Neither is waited for longer than this.
const drainMs = 250;

// A child that was sent SIGTERM has this long before it is sent SIGKILL.
const termMs = 1000;

/** What has been started, for {@link launchedChild} to make a child of. */
export interface Launched {
  readonly life: Life;
  readonly channel: Channel;
  /** What it runs, for error messages: a URL or a command. */
  readonly what: string;
  readonly limits: Limits;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
}

/** Joins the life of a process or thread with the session over its channel. */
export function launchedChild<Module>(launched: Launched, options: LaunchOptions): Child<Module> {
  const { life, what, limits } = launched;
  const graceMs = options.graceMs ?? defaultGraceMs;
  const startTimeoutMs = options.startTimeoutMs ?? defaultStartTimeoutMs;
  let started = false;
  let closing = false;
  let over = false;
  // Why this side has ended the child, where it has.
  let why: string | undefined;

  const channel = launchedChannel(launched.channel, life);
  const session = new Session(channel, {
    ...sessionSettings(limits, options),
    helloNow: true,
    handshakeMs: Infinity,
    hold: 'while-awaited',
    explain: async (error, theirs) => {
      const exit = closing
        ? await life.exited
        : await exitSoon(theirs === undefined ? (error?.message ?? 'it had closed its channel') : undefined);
      return started ? childEnding(exit, error) : startFailure(exit, error, theirs);
    },
  });

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
  const startFailure = (exit: ExitReason, error: Error | undefined, theirs: Ending | undefined): Ending => {
    const cause = theirs?.cause ?? life.error ?? protocolError(error);
    const reason =
      why ??
      (cause instanceof Error
        ? firstLine(cause.message)
        : `it ${exitText(exit)} before it was ready${quoted(exit)}`);
    return {
      code: 'START_FAILED',
      happened: `${what} could not be started: ${reason}`,
      exit,
      ...(cause !== undefined && { cause }),
    };
  };
  const childEnding = (exit: ExitReason, error: Error | undefined): Ending => {
    const cause = life.error ?? protocolError(error);
    const reason = why === undefined ? '' : ` because ${why}`;
    const detail = cause === undefined ? quoted(exit) : `: ${firstLine(cause.message)}`;
    return {
      code: 'CHILD_EXITED',
      happened: `${life.name} (${what}) ${exitText(exit)}${reason}${detail}`,
      exit,
      ...(cause !== undefined && { cause }),
    };
  };

  const startTimer = startTimeoutMs === Infinity ? undefined : setTimeout(tooSlow, timerMs(startTimeoutMs));
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
    const ended = session.close(ms);
    await Promise.race([session.channelGone, exited]);
    const term = setTimeout(() => life.stop(), timerMs(ms));
    const kill = setTimeout(() => life.kill(), timerMs(ms + termMs));
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

  const stateOf = (): ChildState => {
    if (over) return 'exited';
    if (closing) return 'closing';
    return started ? 'ready' : 'starting';
  };

  const child: Child<Module> = {
    remote: makeRemote(session.handler) as Remote<Module>,
    ready: session.ready,
    exited,
    get state() {
      return stateOf();
    },
    restarts: 0,
    get stats() {
      return statsOf(session);
    },
    stdout: launched.stdout,
    stderr: launched.stderr,
    with: (given) => makeRemote(session.handler, callOptions(noOptions, given)) as Remote<Module>,
    close,
    terminate,
    ref: () => session.overrideHold(true),
    unref: () => session.overrideHold(false),
    [Symbol.asyncDispose]: () => close(),
  };
  return withDirect(child, {
    handler: session.handler,
    gone: session.channelGone,
    ping: () => session.ping(),
  });
}

/** What the child sent that it should not have, where that is why its channel ended. */
function protocolError(error: Error | undefined): RpcError | undefined {
  return error instanceof RpcError && error.code === 'PROTOCOL_ERROR' ? error : undefined;
}

function quoted({ stderr }: ExitReason): string {
  const words = lastWords(stderr);
  return words === '' ? '' : `; the last it wrote to stderr was ${JSON.stringify(words.slice(0, 200))}`;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
