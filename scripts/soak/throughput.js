/** How many calls are answered in each minute, so that the last ones can be held against the first. */
export class Throughput {
  #since = performance.now();
  #usage = process.cpuUsage();
  #counted = 0;
  /** @type {{ perSecond: number, perCpuSecond: number }[]} */
  #minutes = [];

  /** Told once a second how many calls have been answered so far. @param {number} answered */
  look(answered) {
    if (performance.now() - this.#since >= 60_000) this.#closeMinute(answered);
  }

  /** The last minute need not be whole. @param {number} answered */
  summary(answered) {
    if (performance.now() - this.#since >= 30_000 || this.#minutes.length === 0) this.#closeMinute(answered);
    return {
      answeredInEachMinute: this.#minutes,
      // The last quarter of the minutes as a part of the first: near 1 where nothing becomes slower with time. By the
      // clock that holds only on a machine which does nothing else.
      throughputKept: {
        perSecond: kept(this.#minutes.map(({ perSecond }) => perSecond)),
        perCpuSecond: kept(this.#minutes.map(({ perCpuSecond }) => perCpuSecond)),
      },
    };
  }

  /** @param {number} answered */
  #closeMinute(answered) {
    const now = performance.now();
    const calls = answered - this.#counted;
    // Of this process and its threads, which are most of the work.
    const { user, system } = process.cpuUsage(this.#usage);
    const perSecond = Math.round((calls * 1000) / (now - this.#since));
    const perCpuSecond = Math.round((calls * 1_000_000) / (user + system));
    this.#minutes.push({ perSecond, perCpuSecond });
    this.#since = now;
    this.#usage = process.cpuUsage();
    this.#counted = answered;
    process.stderr.write(
      `soak: minute ${this.#minutes.length}: ${perSecond} calls answered in a second, ${perCpuSecond} in one of CPU\n`,
    );
  }
}

/** @param {readonly number[]} minutes */
function kept(minutes) {
  const part = Math.max(1, Math.floor(minutes.length / 4));
  return Math.round((100 * mean(minutes.slice(-part))) / mean(minutes.slice(0, part))) / 100;
}

/** @param {readonly number[]} list */
function mean(list) {
  return list.reduce((total, one) => total + one, 0) / list.length;
}
