import type { Carrier, Contender } from './contenders/contender.ts';

/** What Portcall is to reach in one scenario, as a ratio of times: less is better. */
export interface Target {
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

const rawIpc = { contender: 'raw process.send json' };

/** Which peers were the best in a scenario of the whole runs, or within the noise of it. In all others birpc was. */
const leaders: Readonly<Record<string, readonly string[]>> = {
  '1 MiB of bytes': ['comlink', 'tinypool thread', 'jest-worker process'],
  'stream, an item': ['threads'],
  'stream, 64 KiB of bytes': ['threads'],
  'blocking call': ['synckit'],
  'start to first reply': ['piscina', 'birpc thread', 'birpc fork'],
};

const usualLeaders: readonly string[] = ['birpc thread', 'birpc fork'];

/** What is to be reached. */
export const targets: readonly Target[] = [
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
  {
    scenario: 'p99, beside a stream of bytes',
    who: '',
    against: { scenario: 'p99, nothing else' },
    atMost: 5,
  },
  { scenario: 'p99, beside calls of 1 MiB', who: '', against: { scenario: 'p99, nothing else' }, atMost: 5 },
  {
    scenario: 'p99, beside echoes of 10 MiB',
    who: '',
    against: { scenario: 'p99, nothing else' },
    atMost: 5,
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

/**
 * Whether a contender has to be measured in a scenario to judge one of the targets. Of the peers only those that have
 * led count as the best.
 *
 * @param pinned - Whether the run is the one that is pinned to one core.
 */
export function neededByTargets(
  scenario: string,
  contender: Pick<Contender, 'name' | 'family'>,
  pinned: boolean,
): boolean {
  const { name, family } = contender;
  return targets.some((target) => {
    if ((target.pinned === true) !== pinned) return false;
    const { against } = target;
    const own = family === 'portcall' && name.includes(target.who);
    if (typeof against === 'object' && 'scenario' in against && against.scenario === scenario) return own;
    if (target.scenario !== scenario) return false;
    if (own) return true;
    if (against === 'raw') return family === 'raw';
    if (against === 'the best peer') return (leaders[scenario] ?? usualLeaders).includes(name);
    return 'contender' in against && against.contender === name;
  });
}

/** Threads are compared with threads, processes with processes. */
export function onThread(carrier: Carrier): boolean {
  return carrier === 'worker port';
}
