import type { Carrier } from './contenders/contender.ts';
import { median, ratio, timesOf, type Measured } from './measured.ts';

/** What Portcall is to reach in one scenario, as a ratio of times: less is better. */
interface Target {
  readonly scenario: string;
  /** Of the Portcall contenders, those whose names contain this. */
  readonly who: string;
  readonly against: Against;
  readonly atMost: number;
  /** Judged by the run that was pinned to one core. */
  readonly pinned?: boolean;
}

type Against =
  /** A contender, by name. */
  | { readonly contender: string }
  /** The first raw contender of the same carrier. */
  | 'raw'
  /** The fastest of the peers on threads for threads, on processes for processes. */
  | 'the best peer'
  /** The same contender in another scenario. */
  | { readonly scenario: string }
  /** A time, in the unit of the scenario. */
  | { readonly time: number };

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

const rawIpc = { contender: 'raw process.send json' };

const targets: readonly Target[] = [
  { scenario: '1 in flight', who: 'worker', against: 'raw', atMost: 1.05, pinned: true },
  {
    scenario: '1 in flight',
    who: 'worker',
    against: { contender: 'birpc thread' },
    atMost: 0.8,
    pinned: true,
  },
  { scenario: '1 in flight', who: 'pipe', against: rawIpc, atMost: 0.8, pinned: true },
  { scenario: '1 in flight', who: 'stdio', against: rawIpc, atMost: 1, pinned: true },
  { scenario: 'with all options', who: '', against: { scenario: '1 in flight' }, atMost: 2, pinned: true },
  { scenario: '64 in flight', who: '', against: 'the best peer', atMost: 1 / 3 },
  { scenario: '64 in flight', who: '', against: 'raw', atMost: 1 / 2 },
  { scenario: '1,024 in flight', who: '', against: 'the best peer', atMost: 1 / 6 },
  { scenario: '1,024 in flight', who: '', against: 'raw', atMost: 1 / 3 },
  { scenario: 'burst of 10,000', who: '', against: 'the best peer', atMost: 1 / 5 },
  { scenario: '1 KB object', who: '', against: 'raw', atMost: 1.1, pinned: true },
  { scenario: '1 KB object, 64 in flight', who: '', against: 'the best peer', atMost: 1 / 1.3 },
  { scenario: '1 MiB of bytes', who: '', against: 'raw', atMost: 1.05, pinned: true },
  { scenario: '1 MiB of bytes', who: '', against: 'the best peer', atMost: 1, pinned: true },
  {
    scenario: '1 KB rich value',
    who: 'worker',
    against: { contender: 'superjson on postMessage' },
    atMost: 1 / 4,
    pinned: true,
  },
  { scenario: '1 KB rich value', who: 'worker', against: 'raw', atMost: 1.2, pinned: true },
  { scenario: 'stream, an item', who: '', against: 'the best peer', atMost: 1 / 4 },
  { scenario: 'stream, 64 KiB of bytes', who: '', against: 'the best peer', atMost: 1 / 4 },
  {
    scenario: 'stream, 64 KiB of bytes',
    who: '',
    against: { contender: 'raw socket pair' },
    atMost: 1 / 0.9,
  },
  { scenario: 'blocking call', who: 'worker', against: 'the best peer', atMost: 1 },
  { scenario: 'pool, empty task', who: 'worker', against: { contender: 'piscina' }, atMost: 1 / 3 },
  { scenario: 'pool, task of 1 ms', who: '', against: { time: 1 }, atMost: 1 / 0.98 },
  { scenario: 'start to first reply', who: '', against: 'the best peer', atMost: 1.05 },
  { scenario: 'memory of an idle child', who: '', against: 'the best peer', atMost: 1.05 },
  {
    scenario: '100,000 calls at once',
    who: '',
    against: { scenario: '1,000 calls at once' },
    atMost: 1.5,
  },
  { scenario: '100,000 open references', who: '', against: { scenario: '1 open reference' }, atMost: 1.5 },
  { scenario: 'a KiB of 4,096', who: '', against: { scenario: 'a KiB of 256' }, atMost: 1.5 },
  { scenario: 'pool of 64', who: '', against: { scenario: 'pool of 8' }, atMost: 1.5 },
];

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

function onThread(carrier: Carrier): boolean {
  return carrier === 'worker port';
}

function base(name: string, times: readonly number[] | undefined): Base | undefined {
  return times && { name, times };
}
