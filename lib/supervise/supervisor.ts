import type { BlockingHandler } from '../call/blocking.ts';
import type { Origin } from '../call/origin.ts';
import { closeChecks } from '../connect/connect-options.ts';
import { showError } from '../connect/open-session.ts';
import type { CloseOptions, SessionStats } from '../connect/session.ts';
import { checkOptions } from '../errors/check-options.ts';
import type { ExitReason } from '../errors/errors.ts';
import type { ChildCore } from '../launch/child-core.ts';
import type { ChildState } from '../launch/child.ts';
import { lateLaunch } from '../launch/late-launch.ts';
import type { LifeOptions } from '../launch/launch-options.ts';
import { launchedChild, type LaunchedChild } from '../launch/launched-child.ts';
import type { Launcher } from '../launch/launcher.ts';
import type { Restart, RestartOptions } from '../launch/restart-options.ts';
import { endedError, type Ending } from '../session/call-failure.ts';
import { deferred } from '../shared/deferred.ts';
import { backoffMs } from './backoff.ts';
import { Intensity } from './intensity.ts';
import { lastingOrigin } from './lasting-origin.ts';
import { summed } from './summed.ts';
import type { MainPort } from '../session/ports/main-port.ts';

const defaultIntensity = 5;
const defaultPeriodMs = 30_000;

/**
 * A child that lives more than once: it owns the lives, one after the other, and hands each call to the one that is
 * there. The next life is made as soon as one has ended, though it may start later: calls wait in its session.
 */
export class Supervisor implements ChildCore {
  readonly origin: Origin;
  readonly ready: Promise<void>;
  readonly exited: Promise<ExitReason>;
  readonly #launcher: Launcher;
  readonly #options: LifeOptions;
  readonly #policy: RestartOptions['policy'];
  readonly #intensity: Intensity;
  readonly #exited = deferred<ExitReason>();
  readonly #stopWatching: (() => void) | undefined;
  #life: LaunchedChild;
  // Replaced while calls were under way, which they finish.
  readonly #old = new Set<LaunchedChild>();
  // To take the place of the life there is, once it is ready.
  #successor: LaunchedChild | undefined;
  #restarts = 0;
  #held: boolean | undefined;
  #closing = false;
  #over = false;
  // Why it is not started again although it should be.
  #givenUp: Ending | undefined;

  /** @param options - Those of the child, `restart` among them or not. */
  constructor(launcher: Launcher, options: LifeOptions) {
    const {
      policy = 'permanent',
      intensity = defaultIntensity,
      periodMs = defaultPeriodMs,
    } = options.restart ?? {
      policy: 'temporary',
    };
    this.#launcher = launcher;
    this.#options = options;
    this.#policy = policy;
    this.#intensity = new Intensity(intensity, periodMs);
    this.exited = this.#exited.promise;
    this.origin = lastingOrigin({
      life: () => this.#life,
      closing: () => this.#closing,
      over: () => this.#over,
      givenUp: () => this.#givenUp,
    });
    this.#life = launchedChild(launcher.launch(), launcher, this.#options);
    this.ready = this.#life.ready;
    this.#follow(this.#life);
    if (options.watch === true) {
      this.#stopWatching = launcher.watch?.(
        () => this.#replace(),
        (error) => this.#report(error),
      );
    }
  }

  readonly blocking: BlockingHandler = (call, from) => {
    if (this.#givenUp !== undefined) throw endedError(call, this.#givenUp, false);
    return this.#life.blocking(call, from);
  };

  get state(): ChildState {
    if (this.#givenUp !== undefined) return 'failed';
    if (this.#over) return 'exited';
    if (this.#closing) return 'closing';
    const { state } = this.#life;
    return state === 'ready' || this.#restarts === 0 ? state : 'restarting';
  }

  get restarts(): number {
    return this.#restarts;
  }

  get stats(): SessionStats {
    return summed([this.#life, ...this.#old].map(({ stats }) => stats));
  }

  get stdout(): ChildCore['stdout'] {
    return this.#launcher.stdout;
  }

  get stderr(): ChildCore['stderr'] {
    return this.#launcher.stderr;
  }

  get id(): number | undefined {
    return this.#life.id;
  }

  get mainPort(): MainPort {
    return this.#life.mainPort;
  }

  async close(options?: CloseOptions): Promise<void> {
    checkOptions<CloseOptions>('close()', options, closeChecks);
    await this.#end((life) => life.close(options));
  }

  async terminate(): Promise<void> {
    await this.#end((life) => life.terminate());
  }

  hold(held: boolean): void {
    this.#held = held;
    for (const life of this.#all()) life.hold(held);
  }

  /**
   * Replaces the child by one that has loaded its module anew. The calls under way finish on the old one; where the new
   * one cannot be started, the old one stays.
   */
  #replace(): void {
    if (this.#closing || this.#over) return;
    void this.#successor?.terminate();
    const successor = this.#later(undefined);
    this.#successor = successor;
    successor.ready.then(
      () => this.#exchange(successor),
      (error: unknown) => {
        if (this.#successor !== successor) return;
        this.#successor = undefined;
        this.#report(error);
      },
    );
  }

  #exchange(successor: LaunchedChild): void {
    if (this.#successor !== successor) return;
    const old = this.#life;
    this.#successor = undefined;
    this.#life = successor;
    this.#follow(successor);
    this.#old.add(old);
    void old.close({ graceMs: Infinity }).then(() => this.#old.delete(old));
    this.#tell({ reason: 'changed', exit: undefined, restarts: ++this.#restarts, delayMs: 0 });
  }

  async #end(how: (life: LaunchedChild) => Promise<void>): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#all().map(how));
    await this.exited;
  }

  #all(): LaunchedChild[] {
    return [this.#life, ...this.#old, ...(this.#successor === undefined ? [] : [this.#successor])];
  }

  #follow(life: LaunchedChild): void {
    void life.exited.then((exit) => {
      // A life that has been replaced has no say any more.
      if (life === this.#life) this.#ended(life, exit);
    });
  }

  #ended(life: LaunchedChild, exit: ExitReason): void {
    if (this.#closing || !this.#startsAgain(life, exit)) return this.#finish(exit);
    // What the caller wanted killed is no failure of the child.
    if (!life.killedForCall && !this.#intensity.note()) {
      this.#givenUp = this.#tooOften(life.ending);
      return this.#finish(exit);
    }
    const delayMs = life.killedForCall
      ? 0
      : backoffMs(this.#intensity.recent, this.#options.restart?.backoff);
    this.#restarts++;
    this.#life = this.#later(delayMs);
    this.#follow(this.#life);
    const reason = life.killedForCall ? 'killed' : 'ended';
    this.#tell({ reason, exit, restarts: this.#restarts, delayMs });
  }

  #startsAgain(life: LaunchedChild, { code, signal }: ExitReason): boolean {
    // A first start that fails would fail again: the module is not there, or throws.
    const everReady = this.#restarts > 0 || life.ending?.code !== 'START_FAILED';
    const orderly = code === 0 && signal === null;
    return everReady && (this.#policy === 'permanent' || (this.#policy === 'transient' && !orderly));
  }

  #later(delayMs: number | undefined): LaunchedChild {
    const launched = lateLaunch(this.#launcher.launch, delayMs ?? 0, this.#launcher.carries);
    const life = launchedChild(launched, this.#launcher, this.#options, { startsInMs: delayMs ?? 0 });
    if (this.#held !== undefined) life.hold(this.#held);
    return life;
  }

  #tooOften(last: Ending | undefined): Ending {
    const { intensity = defaultIntensity, periodMs = defaultPeriodMs } = this.#options.restart ?? {};
    return {
      code: 'CHILD_EXITED',
      happened:
        `${this.#launcher.what} ended more than ${intensity} times within ${periodMs} ms and is not started again ` +
        `(restart.intensity, restart.periodMs). The last time: ${last?.happened ?? 'it ended'}`,
      exit: last?.exit,
      ...(last?.cause !== undefined && { cause: last.cause }),
    };
  }

  #finish(exit: ExitReason): void {
    this.#over = true;
    this.#stopWatching?.();
    void this.#successor?.terminate();
    this.#launcher.end();
    this.#exited.resolve(exit);
  }

  #tell(restart: Restart): void {
    try {
      this.#options.onRestart?.(restart);
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    (this.#options.onError ?? showError)(error);
  }
}
