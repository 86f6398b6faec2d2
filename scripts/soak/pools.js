import { pool } from 'portcall';

/** @typedef {typeof import('../../spec/fixtures/faults/soaked.js')} Soaked */

/** Members a pool may have at once, those that are ending not counted. */
export const mostMembers = 4;

/**
 * A pool whose members die, are recycled and are ended by what their calls do, and whose size changes all the time.
 *
 * @param {URL} module
 * @param {'fork' | 'worker'} kind
 * @param {string} journal All members write to it.
 * @param {() => number} random
 * @returns {import('./lane.js').Target}
 */
export function soakedPool(module, kind, journal, random) {
  const upTo = (/** @type {number} */ most) => Math.floor(random() * (most + 1));
  const balances = /** @type {const} */ (['least-loaded', 'round-robin', 'key']);
  const members = /** @type {import('portcall').Pool<Soaked>} */ (
    pool(module, {
      kind,
      argv: [journal],
      stderr: 'ignore',
      onError: () => {},
      min: upTo(1),
      max: mostMembers,
      idleTimeoutMs: 100,
      drainTimeoutMs: 1000,
      cancelGraceMs: 50,
      concurrency: random() < 0.5 ? 'adaptive' : 8,
      recycle: { afterCalls: 2000 },
      balance: balances[upTo(2)] ?? 'key',
      queue: { limit: 18, whenFull: random() < 0.5 ? 'wait' : 'reject' },
      restart: { intensity: 1000, periodMs: 1000, backoff: { minMs: 1 } },
    })
  );
  /** @type {() => void} */
  let over;
  const gone = new Promise((resolve) => (over = () => resolve(undefined)));
  const ended = async (/** @type {Promise<void>} */ end) => {
    await end;
    over();
  };
  return {
    child: {
      remote: members.remote,
      with: (/** @type {import('portcall').PoolCallOptions} */ options) => members.with(options),
      close: (/** @type {import('portcall').CloseOptions} */ options) => ended(members.close(options)),
      terminate: () => ended(members.terminate()),
    },
    left: () => {
      const { members: left, queued, waiting, running } = members.stats;
      return { members: left.length, queued, waiting, running };
    },
    journal,
    pid: () => {
      const { members: all } = members.stats;
      return kind === 'fork' ? all[upTo(all.length - 1)]?.childId : undefined;
    },
    gone,
    lasts: true,
    options: () => ({ key: `key ${upTo(6)}`, priority: upTo(3) }),
    resize: () => {
      const max = 1 + upTo(mostMembers - 1);
      members.resize({ min: Math.min(max, upTo(2)), max });
    },
  };
}
