import type { Contender } from './contenders/contender.ts';
import { timesOf, type Measured } from './measured.ts';

/** No round of the smoke starts after that, but for the first. */
export const SMOKE_MS = 40_000;

/** What the smoke measures. */
export const smokeScenarios: readonly string[] = [
  '1 in flight',
  '64 in flight',
  'burst of 10,000',
  '1 KB object',
  '1 MiB of bytes',
  'start to first reply',
];

/**
 * The most that Portcall may take, as a multiple of the raw channel. Far above what it does take: a busy machine doubles
 * such ratios now and then, a collapse multiplies them for good.
 */
const floors: readonly (readonly [scenario: string, atMost: number])[] = [
  ['1 in flight', 5],
  // One message a call takes more than this.
  ['64 in flight', 1.2],
  ['burst of 10,000', 2],
  ['1 KB object', 5],
  ['1 MiB of bytes', 15],
  ['start to first reply', 6],
];

/** Who takes part in the smoke: Portcall, and the first raw contender of each carrier. */
export function inSmoke(contender: Contender, all: readonly Contender[]): boolean {
  const { family, carrier } = contender;
  return family === 'portcall' || all.find((other) => other.carrier === carrier) === contender;
}

/** What is below the floors, in sentences. The best round of each counts: noise spares one, a collapse none. */
export function collapses(measured: Measured): readonly string[] {
  const found: string[] = [];
  for (const { name, family, carrier } of measured.contenders) {
    const raw = measured.contenders.find((other) => other.family === 'raw' && other.carrier === carrier);
    if (family !== 'portcall' || raw === undefined) continue;
    for (const [scenario, atMost] of floors) {
      const own = timesOf(measured, scenario, name);
      const base = timesOf(measured, scenario, raw.name);
      // What a raw channel cannot do has no floor.
      if (base === undefined) continue;
      const best = own === undefined ? Infinity : Math.min(...own) / Math.min(...base);
      if (best > atMost) {
        found.push(`${name}, ${scenario}: ${best.toFixed(1)} x ${raw.name}, where ${atMost} is the most`);
      }
    }
  }
  return found;
}
