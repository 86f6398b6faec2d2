import { release } from 'portcall';

/** @typedef {typeof import('../../spec/fixtures/faults/soaked.js')} Soaked */
/** @typedef {import('./ledger.js').Ledger} Ledger */
/** @typedef {ReturnType<Ledger['begin']>} Entry */

/**
 * Something that takes calls: a child of one life now, one that is started again or a pool of some as well.
 *
 * @typedef {object} Target
 * @property {Pick<import('portcall').Child<Soaked>, 'remote' | 'with' | 'close' | 'terminate'>} child
 * @property {() => Record<string, number>} left What it holds; nothing, once it is gone.
 * @property {() => number | undefined} pid Of a process that can be sent signals.
 * @property {Promise<unknown>} gone Fulfils once it takes no more calls, ever.
 * @property {boolean} [lasts] Whether it takes calls again after a process or thread of it has ended.
 * @property {() => import('portcall').PoolCallOptions} [options] What each call is made with.
 * @property {() => void} [resize] Changes how many processes or threads it has.
 * @property {string} journal Where it writes down what it executes.
 */

// Calls a lane keeps under way.
const underWay = 24;

/** Makes calls of every kind to one thing after the other, and ends them in every way. */
export class Lane {
  /** @type {() => Target} */
  #launch;
  /** @type {Ledger} */
  #ledger;
  /** @type {() => number} */
  #random;
  #stopped = false;
  /** @type {Target | undefined} */
  target;
  lives = 0;
  /** @type {Record<string, number>} */
  ends = {};

  /** What it is at, for when it does not end. */
  state = 'new';

  /** @param {string} name @param {() => Target} launch @param {Ledger} ledger @param {() => number} random */
  constructor(name, launch, ledger, random) {
    this.name = name;
    this.#launch = launch;
    this.#ledger = ledger;
    this.#random = random;
  }

  /** Runs until it is stopped. */
  async run() {
    while (!this.#stopped) {
      const target = (this.target = this.#launch());
      this.lives++;
      let gone = false;
      void target.gone.then(() => (gone = true));
      const isGone = () => gone || this.#stopped;
      this.state = 'calling';
      let ending = setTimeout(end.bind(this), 300 + this.#random() * 4000);
      /** @this {Lane} */
      function end() {
        void this.#end(target);
        if (target.lasts === true) ending = setTimeout(end.bind(this), 300 + this.#random() * 4000);
      }
      await Promise.all(Array.from({ length: underWay }, () => this.#caller(target, isGone)));
      clearTimeout(ending);
      this.state = 'closing';
      if (this.#stopped) await target.child.close({ graceMs: 2000 });
      this.state = 'waiting for the end';
      await target.gone;
      // What rejects because of the end does so in the turns after it.
      await new Promise((resolve) => setTimeout(resolve, 20));
      const left = target.left();
      if (Object.values(left).some((count) => count !== 0))
        this.#ledger.problem(`${this.name}: what is over holds ${JSON.stringify(left)}`);
      this.#ledger.checkJournal(target.journal);
    }
    this.state = 'ended';
  }

  stop() {
    this.#stopped = true;
  }

  /** Ends a life in one of the ways there are. @param {Target} target */
  async #end({ child, pid, journal, resize }) {
    const ways = ['SIGKILL', 'stopped and killed', 'exit', 'throw', 'terminate', 'close'];
    if (resize !== undefined) ways.push('resize', 'resize', 'resize');
    const way = ways[Math.floor(this.#random() * ways.length)] ?? 'close';
    this.ends[way] = (this.ends[way] ?? 0) + 1;
    const id = pid();
    switch (way) {
      case 'SIGKILL':
        if (id !== undefined) return signal(id, 'SIGKILL');
        return child.terminate();
      case 'stopped and killed':
        if (id === undefined) return child.terminate();
        signal(id, 'SIGSTOP');
        await new Promise((resolve) => setTimeout(resolve, 200));
        return signal(id, 'SIGKILL');
      case 'exit':
      case 'throw': {
        const entry = this.#ledger.begin(journal, 'die');
        return this.#settle(entry, child.remote.die(entry.call, way));
      }
      case 'terminate':
        return child.terminate();
      case 'resize':
        return resize?.();
      default:
        return child.close({ graceMs: 500 });
    }
  }

  /** One call after the other. @param {Target} target @param {() => boolean} isGone */
  async #caller(target, isGone) {
    while (!isGone()) {
      await this.#call(target);
      if (this.#random() < 0.2) await new Promise((resolve) => setTimeout(resolve, this.#random() * 20));
    }
  }

  /** @param {Target} target */
  async #call({ child, journal, lasts = false, options: always }) {
    const random = this.#random;
    const kinds = [
      'echo',
      'echo',
      'echo',
      'large',
      'slow',
      'abort',
      'abort argument',
      'timeout',
      'callBack',
      'items',
      'sum',
      'object',
      'fail',
      'oneway',
    ];
    if (lasts) kinds.push('again');
    // Each of them ends a process or a thread.
    const kills = lasts && random() < 0.003;
    const kind = kills ? 'kill' : (kinds[Math.floor(random() * kinds.length)] ?? 'echo');
    const entry = this.#ledger.begin(journal, kind, kind === 'oneway');
    const { call } = entry;
    const own = always?.() ?? {};
    const remote = always === undefined ? child.remote : child.with(own);
    const controller = new AbortController();
    switch (kind) {
      case 'large': {
        const bytes = new Uint8Array(Math.floor(random() * 1_000_000)).fill(call);
        return this.#settle(entry, remote.echo(call, bytes), (/** @type {Uint8Array} */ got) => {
          if (got.length !== bytes.length || (got.length > 0 && got.at(-1) !== bytes.at(-1)))
            this.#ledger.problem(`call ${call} brought other bytes back`);
        });
      }
      case 'slow':
        return this.#settle(entry, remote.slow(call, random() * 50));
      case 'abort':
        setTimeout(() => controller.abort(new Error('given up')), random() * 10);
        return this.#settle(
          entry,
          child.with({ ...own, signal: controller.signal }).slow(call, random() * 20),
        );
      case 'abort argument':
        setTimeout(() => controller.abort(new Error('given up')), random() * 10);
        return this.#settle(entry, remote.slow(call, random() * 20, controller.signal));
      case 'timeout':
        return this.#settle(
          entry,
          child.with({ ...own, timeoutMs: random() * 15 }).slow(call, random() * 15),
        );
      case 'callBack':
        return this.#settle(
          entry,
          remote.callBack(call, async (value) => value),
          (got) => {
            if (got !== call + 1) this.#ledger.problem(`call ${call} got ${got} from its callback`);
          },
        );
      case 'items':
        return this.#settle(entry, remote.items(call, 50), async (items) => {
          let expected = 0;
          const most = Math.floor(random() * 80);
          for await (const item of items) {
            if (item !== expected++)
              this.#ledger.problem(`call ${call} brought item ${item} in place of ${expected - 1}`);
            if (expected > most) break;
          }
        });
      case 'sum':
        return this.#settle(entry, remote.sum(call, numbers(30)), (got) => {
          if (got !== 435) this.#ledger.problem(`call ${call} summed up ${got}`);
        });
      case 'object':
        return this.#settle(entry, remote.object(call), async (object) => {
          if ((await object.again()) !== call) this.#ledger.problem(`call ${call} has another object`);
          release(object);
        });
      case 'fail':
        return this.#settle(entry, remote.fail(call));
      case 'again':
        entry.runs = 3;
        return this.#settle(entry, child.with({ ...own, idempotent: true, retries: 2 }).slow(call, 2));
      case 'kill': {
        const options = { ...own, kill: true, timeoutMs: random() * 15 };
        return this.#settle(entry, child.with(options).slow(call, random() * 200));
      }
      case 'oneway':
        return this.#settle(entry, child.with({ ...own, oneway: true }).echo(call, 1));
      default:
        return this.#settle(entry, remote.echo(call, { call }), (/** @type {{ call: number }} */ got) => {
          if (got.call !== call) this.#ledger.problem(`call ${call} got the result of ${got.call}`);
        });
    }
  }

  /**
   * @template T
   * @param {Entry} entry
   * @param {PromiseLike<T>} promise
   * @param {(value: any) => unknown} [use] What a program does with the result; the child may die meanwhile.
   */
  async #settle(entry, promise, use) {
    let value;
    try {
      value = await promise;
    } catch (error) {
      const { delivery, code } = /** @type {{ delivery?: 'not-sent' | 'unknown', code?: string }} */ (error);
      // Its own error, or the reason it was aborted with: those may run or not.
      if (delivery !== undefined) {
        this.#ledger.end(entry, delivery);
        // As programs do: what is over or overloaded is not asked again at once.
        if (delivery === 'not-sent') await new Promise((resolve) => setTimeout(resolve, this.#random() * 20));
        return;
      }
      // The function's own: what it was reading ended before it had.
      const own = entry.kind === 'fail' || (entry.kind === 'sum' && code === 'CHANNEL_CLOSED');
      if (code !== undefined && !own)
        this.#ledger.problem(`call ${entry.call} (${entry.kind}) has no delivery: ${String(error)}`);
      return this.#ledger.end(entry, own ? 'own' : 'unknown');
    }
    this.#ledger.end(entry, 'value');
    try {
      await use?.(value);
    } catch (error) {
      const { code } = /** @type {{ code?: string }} */ (error);
      if (
        code === undefined ||
        !['CHILD_EXITED', 'CHANNEL_CLOSED', 'REFERENCE_RELEASED', 'PROTOCOL_ERROR'].includes(code)
      )
        this.#ledger.problem(`the result of call ${entry.call} (${entry.kind}) failed: ${String(error)}`);
    }
  }
}

/** @param {number} to */
async function* numbers(to) {
  for (let at = 0; at < to; at++) yield at;
}

/** To a process that may have ended by itself. @param {number} pid @param {NodeJS.Signals} name */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}
