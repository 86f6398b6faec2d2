import { existsSync, readFileSync, rmSync } from 'node:fs';

/**
 * @typedef {object} Entry
 * @property {number} call
 * @property {string} kind
 * @property {boolean} oneway
 * @property {number} runs How often it may be executed.
 * @property {number} settled How often its promise did.
 * @property {'value' | 'not-sent' | 'unknown' | 'own' | undefined} outcome
 */

/** Which calls were made, what became of them, and which were executed. */
export class Ledger {
  /** @type {Map<number, Entry>} */
  #waiting = new Map();
  /** What is still to be held against the journal of the child that it was made to. @type {Map<string, Entry[]>} */
  #ended = new Map();
  /** @type {Map<string, readonly number[]>} */
  #memory = new Map();
  #last = 0;
  issued = 0;
  settled = 0;
  /** Of these, the ones that brought what their function returned or threw. */
  answered = 0;
  /** @type {Record<string, number>} */
  outcomes = {};
  /** @type {string[]} */
  problems = [];

  /** Calls that have not settled. */
  get pending() {
    return this.#waiting.size;
  }

  /** @param {string} journal @param {string} kind @param {boolean} [oneway] */
  begin(journal, kind, oneway = false) {
    /** @type {Entry} */
    const entry = { call: ++this.#last, kind, oneway, runs: 1, settled: 0, outcome: undefined };
    this.#waiting.set(entry.call, entry);
    const entries = this.#ended.get(journal);
    if (entries === undefined) this.#ended.set(journal, [entry]);
    else entries.push(entry);
    this.issued++;
    return entry;
  }

  /** @param {Entry} entry @param {NonNullable<Entry['outcome']>} outcome */
  end(entry, outcome) {
    if (++entry.settled > 1)
      return this.problem(`call ${entry.call} (${entry.kind}) settled ${entry.settled} times`);
    entry.outcome = outcome;
    this.#waiting.delete(entry.call);
    this.settled++;
    if (outcome === 'value' || outcome === 'own') this.answered++;
    this.outcomes[`${entry.kind}: ${outcome}`] = (this.outcomes[`${entry.kind}: ${outcome}`] ?? 0) + 1;
  }

  /** A journal that is a list. @param {string} journal @param {readonly number[]} executed */
  inMemory(journal, executed) {
    this.#memory.set(journal, executed);
  }

  /** @param {string} what */
  problem(what) {
    this.problems.push(what);
    process.stderr.write(`soak: ${what}\n`);
  }

  /** Issued is settled and pending. */
  checkSums() {
    if (this.issued !== this.settled + this.pending)
      this.problem(`${this.issued} issued, ${this.settled} settled, ${this.pending} pending`);
  }

  /** The child is gone: what it has executed is held against what is known of its calls. @param {string} journal */
  checkJournal(journal) {
    /** @type {Map<number, number>} */
    const runs = new Map();
    for (const call of this.#memory.get(journal) ?? []) runs.set(call, (runs.get(call) ?? 0) + 1);
    this.#memory.delete(journal);
    if (existsSync(journal)) {
      for (const line of readFileSync(journal, 'utf8').split('\n').slice(0, -1))
        runs.set(Number(line), (runs.get(Number(line)) ?? 0) + 1);
      rmSync(journal);
    }
    for (const { call, kind, oneway, runs: most, outcome } of this.#ended.get(journal) ?? []) {
      const times = runs.get(call) ?? 0;
      if (times > most) this.problem(`call ${call} (${kind}) was executed ${times} times`);
      if (outcome === undefined)
        this.problem(`call ${call} (${kind}) has not settled although its child is gone`);
      if ((outcome === 'value' || outcome === 'own') && times === 0 && !oneway)
        this.problem(`call ${call} (${kind}) was answered and not executed`);
      if (outcome === 'not-sent' && times > 0)
        this.problem(`call ${call} (${kind}) was said not to be sent and was executed`);
    }
    this.#ended.delete(journal);
  }
}
