import type { Channel, Receiver } from '../channel/channel.ts';
import type { ExitReason } from '../errors/errors.ts';
import type { Attachment, Carries } from '../shared/attachments.ts';
import { deferred } from '../shared/deferred.ts';
import { timerMs } from '../shared/timer-ms.ts';
import type { Launched } from './launcher.ts';
import type { Life } from './life.ts';

/**
 * Starts something after a while, and gives at once what stands for it: a session over its channel takes calls from
 * now on, and they wait there.
 *
 * @param delayMs - How long to wait. What is ended before is never started.
 * @param carries - What its channel will carry.
 */
export function lateLaunch(launch: () => Launched, delayMs: number, carries: Carries = {}): Launched {
  const late = new LateLaunch(launch, delayMs);
  return {
    life: lifeOf(late),
    channel: channelOf(late, carries),
    get blocking() {
      return late.launched?.blocking;
    },
  };
}

class LateLaunch {
  readonly exited = deferred<ExitReason>();
  launched: Launched | undefined;
  receiver: Receiver | undefined;
  /** Why it could not be started. */
  error: Error | undefined;
  /** Whether it keeps this process alive. */
  held = true;
  readonly #waiting: [text: string, attachments: readonly Attachment[] | undefined][] = [];
  readonly #timer: ReturnType<typeof setTimeout>;
  #over = false;

  constructor(launch: () => Launched, delayMs: number) {
    this.#timer = setTimeout(() => this.#start(launch), timerMs(delayMs));
  }

  hold(held: boolean): void {
    this.held = held;
    if (held) this.#timer.ref();
    else this.#timer.unref();
  }

  keep(text: string, attachments: readonly Attachment[] | undefined): void {
    if (!this.#over) this.#waiting.push([text, attachments]);
  }

  /** It is no longer wanted, or could not be started. */
  end(reason?: Error): void {
    if (this.#over || this.launched !== undefined) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.exited.resolve({ code: null, signal: null, stderr: '' });
    // Never from inside a call of the channel.
    queueMicrotask(() => this.receiver?.closed(reason));
  }

  #start(launch: () => Launched): void {
    try {
      this.launched = launch();
    } catch (error) {
      this.error = error as Error;
      this.end();
      return;
    }
    const { life, channel } = this.launched;
    void life.exited.then(this.exited.resolve);
    if (!this.held) {
      life.unref();
      channel.unref?.();
    }
    if (this.receiver !== undefined) channel.open(this.receiver);
    // The hello, and nothing else: a session holds back the rest until the other side has said its own.
    for (const [text, attachments] of this.#waiting.splice(0)) channel.send(text, attachments);
  }
}

function lifeOf(late: LateLaunch): Life {
  return {
    get name() {
      return late.launched?.life.name ?? 'a child that was not started yet';
    },
    get id() {
      return late.launched?.life.id;
    },
    exited: late.exited.promise,
    get error() {
      return late.error ?? late.launched?.life.error;
    },
    stop: () => {
      if (late.launched === undefined) late.end();
      else late.launched.life.stop();
    },
    kill: () => {
      if (late.launched === undefined) late.end();
      else late.launched.life.kill();
    },
    ref: () => {
      late.hold(true);
      late.launched?.life.ref();
    },
    unref: () => {
      late.hold(false);
      late.launched?.life.unref();
    },
    condition: () => late.launched?.life.condition(),
  };
}

function channelOf(late: LateLaunch, carries: Carries): Channel {
  return {
    carries,
    get partBytes() {
      return late.launched?.channel.partBytes;
    },
    open: (receiver) => {
      late.receiver = receiver;
      late.launched?.channel.open(receiver);
    },
    send: (text, attachments) => {
      if (late.launched !== undefined) return late.launched.channel.send(text, attachments);
      late.keep(text, attachments);
      return false;
    },
    close: async () => {
      if (late.launched === undefined) late.end();
      else await late.launched.channel.close();
    },
    destroy: (reason) => {
      if (late.launched === undefined) late.end(reason);
      else late.launched.channel.destroy(reason);
    },
    ref: () => late.launched?.channel.ref?.(),
    unref: () => late.launched?.channel.unref?.(),
    flushSync: () => late.launched?.channel.flushSync?.(),
  };
}
