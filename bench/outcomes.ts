import type { Carrier } from './contenders/contender.ts';
import { median, ratio, timesOf, type Measured } from './measured.ts';
import { onThread, targets, type Target } from './targets.ts';

/** How a target was met. */
export interface Outcome {
  readonly scenario: string;
  readonly contender: string;
  readonly pinned: boolean;
  /** What the ratio is to. */
  readonly against: string;
  readonly atMost: number;
  readonly ratio: number;
}

/** How each target was met by each of its contenders. What was not measured is left out. */
export function outcomes(free: Measured | undefined, pinned: Measured | undefined): readonly Outcome[] {
  return targets.flatMap((target) => {
    const measured = target.pinned === true ? pinned : free;
    if (measured === undefined) return [];
    return measured.contenders
      .filter(({ family, name }) => family === 'portcall' && name.includes(target.who))
      .flatMap(({ name, carrier }): Outcome[] => {
        const own = timesOf(measured, target.scenario, name);
        const base = baseOf(measured, target, name, carrier);
        if (own === undefined || base === undefined) return [];
        return [
          {
            scenario: target.scenario,
            contender: name,
            pinned: target.pinned === true,
            against: base.name,
            atMost: target.atMost,
            ratio: ratio(own, base.times),
          },
        ];
      });
  });
}

interface Base {
  readonly name: string;
  readonly times: readonly number[];
}

function baseOf(
  measured: Measured,
  { scenario, against }: Target,
  own: string,
  carrier: Carrier,
): Base | undefined {
  if (against === 'the best peer') return bestPeer(measured, scenario, carrier);
  if (against === 'raw') {
    const raw = measured.contenders.find((other) => other.family === 'raw' && other.carrier === carrier);
    return raw && base(raw.name, timesOf(measured, scenario, raw.name));
  }
  if ('contender' in against) {
    return base(against.contender, timesOf(measured, scenario, against.contender));
  }
  if ('scenario' in against)
    return base(`itself, ${against.scenario}`, timesOf(measured, against.scenario, own));
  const times = timesOf(measured, scenario, own)?.map(() => against.time);
  return base(`${against.time}`, times);
}

/** On threads for threads, on processes for processes. */
function bestPeer(measured: Measured, scenario: string, carrier: Carrier): Base | undefined {
  return measured.contenders
    .filter((peer) => peer.family === 'peer' && onThread(peer.carrier) === onThread(carrier))
    .flatMap(({ name }) => base(name, timesOf(measured, scenario, name)) ?? [])
    .toSorted((a, b) => median(a.times) - median(b.times))[0];
}

function base(name: string, times: readonly number[] | undefined): Base | undefined {
  return times && { name, times };
}
