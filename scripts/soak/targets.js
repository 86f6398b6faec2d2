// What the lanes of the soak make their calls to.
import { join } from 'node:path';

import { connect, fork, worker } from 'portcall';
import { chaosChannel, memoryChannels } from 'portcall/testing';

import { functions } from '../../spec/fixtures/faults/soaked-functions.js';
import { soakedPool } from './pools.js';

/** @typedef {typeof import('../../spec/fixtures/faults/soaked.js')} Soaked */
/** @typedef {import('./lane.js').Target} Target */

const module = new URL('../../spec/fixtures/faults/soaked.js', import.meta.url);

/**
 * Makes the targets of one soak.
 *
 * @param {string} folder Where they write their journals.
 * @param {import('./ledger.js').Ledger} ledger
 * @param {() => number} random
 */
export function targets(folder, ledger, random) {
  let journals = 0;
  const next = () => join(folder, `${++journals}`);

  /** @param {import('portcall').ForkOptions} options @returns {Target} */
  function forked(options) {
    const journal = next();
    const launched = /** @type {import('portcall').ForkedChild<Soaked>} */ (
      fork(module, { argv: [journal], stderr: 'ignore', onError: () => {}, ...options })
    );
    return {
      child: launched,
      left: leftOf(launched),
      journal,
      pid: () => launched.pid,
      gone: launched.exited,
    };
  }

  /** A child that is started again whenever it ends. @returns {Target} */
  function supervised() {
    const restart = { intensity: 1000, periodMs: 1000, backoff: { minMs: 1 } };
    return { ...forked({ cancelGraceMs: 50, restart }), lasts: true };
  }

  /** @returns {Target} */
  function thread() {
    const journal = next();
    const child = /** @type {import('portcall').WorkerChild<Soaked>} */ (
      worker(module, { argv: [journal], stderr: 'ignore', onError: () => {} })
    );
    return { child, left: leftOf(child), journal, pid: () => undefined, gone: child.exited };
  }

  /** A session in this process over a channel on which everything goes wrong. @returns {Target} */
  function chaos() {
    const [here, there] = memoryChannels();
    const seed = () => Math.floor(random() * 2 ** 31);
    const rough = { delayMs: 3, split: 0.3, stall: 0.05, duplicate: 0.2, truncate: 0.001, halfClose: 0 };
    /** @type {number[]} */
    const executed = [];
    const far = connect(chaosChannel(there, { ...rough, seed: seed() }), {
      // Nothing here may end this process.
      expose: { ...functions((call) => executed.push(call)), die: () => new Promise(() => {}) },
      onError: () => {},
    });
    const session = /** @type {import('portcall').Session<Soaked>} */ (
      connect(chaosChannel(here, { ...rough, seed: seed() }), { onError: () => {} })
    );
    const journal = `in memory ${++journals}`;
    ledger.inMemory(journal, executed);
    const gone = Promise.all([session.closed, far.closed]);
    const end = async () => {
      await session.close({ graceMs: 0 });
      await far.close({ graceMs: 0 });
    };
    const child = {
      remote: session.remote,
      with: (/** @type {import('portcall').CallOptions} */ options) => session.with(options),
      close: end,
      terminate: end,
    };
    return { child, left: leftOf(session), journal, pid: () => undefined, gone };
  }

  return {
    pipe: () => forked({ channel: 'pipe' }),
    ipc: () => forked({ channel: 'ipc' }),
    stdio: () => forked({ channel: 'stdio' }),
    supervised,
    worker: thread,
    chaos,
    'pool of processes': () => soakedPool(module, 'fork', next(), random),
    'pool of threads': () => soakedPool(module, 'worker', next(), random),
  };
}

/** @param {{ readonly stats: import('portcall').SessionStats }} session */
function leftOf(session) {
  return () => {
    const { pendingCalls, queuedBytes, exportedReferences, importedReferences, openStreams } = session.stats;
    return { pendingCalls, queuedBytes, exportedReferences, importedReferences, openStreams };
  };
}
