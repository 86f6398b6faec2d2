import { isDeepStrictEqual } from 'node:util';

import type { Subject } from '../contenders/contender.ts';
import { keepInFlight, repeated, type OneCall } from './in-flight.ts';
import type { Scenario } from './scenario.ts';

const KIB = 1024;

// How often large bytes go there and back at least.
const ROUND_TRIPS = 20;

/** Values there and back. */
export const payloads: readonly Scenario[] = [
  {
    name: '1 KB object',
    group: 'payloads',
    unit: 'µs',
    pinned: true,
    dense: true,
    run: async (stand, forMs) => returning(1, 20, forMs, plain(), (await stand.subject()).echo),
  },
  {
    name: '1 KB object, 64 in flight',
    group: 'payloads',
    unit: 'µs',
    dense: true,
    run: async (stand, forMs) => returning(64, 10, forMs, plain(), (await stand.subject()).echo),
  },
  {
    name: '1 KB rich value',
    group: 'payloads',
    unit: 'µs',
    pinned: true,
    dense: true,
    run: async (stand, forMs) => returning(1, 20, forMs, rich(), (await stand.subject()).echoRich),
  },
  bytes('64 KiB', 64 * KIB),
  bytes('1 MiB', KIB * KIB),
  bytes('10 MiB', 10 * KIB * KIB),
];

function bytes(size: string, sizeBytes: number): Scenario {
  return {
    name: `${size} of bytes`,
    group: 'payloads',
    unit: 'µs',
    pinned: true,
    dense: true,
    run: (stand, forMs) => returningBytes(stand.subject(), sizeBytes, forMs),
  };
}

/** Sends bytes there and back, one call at a time. */
export async function returningBytes(
  started: Promise<Subject>,
  sizeBytes: number,
  forMs: number,
): Promise<number | null> {
  const { echoBytes } = await started;
  if (echoBytes === undefined) return null;
  const sent = new Uint8Array(sizeBytes).fill(7);
  const back = async (): Promise<void> => {
    const { byteLength, [sizeBytes - 1]: last } = await echoBytes(sent);
    if (byteLength !== sizeBytes || last !== 7)
      throw new Error(`${sizeBytes} bytes came back as ${byteLength}`);
  };
  return (await repeated(back, ROUND_TRIPS, forMs)) * 1000;
}

/** The first of them is compared as a whole, the others by one member. */
async function returning(
  callers: number,
  stretch: number,
  forMs: number,
  value: { readonly id: number },
  echo: Subject['echo'],
): Promise<number | null> {
  if (echo === undefined) return null;
  if (!isDeepStrictEqual(await echo(value), value)) throw new Error('what came back is not what was sent');
  const back: OneCall = async () => {
    const { id } = (await echo(value)) as { id: number };
    if (id !== value.id) throw new Error(`the value of ${value.id} came back as that of ${id}`);
  };
  return keepInFlight(back, callers, stretch, forMs);
}

/** About 1 KB of JSON. */
function plain() {
  return {
    id: 4711,
    name: 'A customer with a name of some length',
    active: true,
    balance: 1234.56,
    tags: ['new', 'europe', 'newsletter', 'large'],
    address: { street: 'Long Street 12', city: 'Exampleton', zip: '12345', country: null },
    orders: Array.from({ length: 10 }, (_, i) => ({
      id: 1000 + i,
      item: `An article, number ${i}`,
      amount: i * 3,
      price: 9.99 + i,
      paid: i % 2 === 0,
    })),
  };
}

/** About as much, with what JSON cannot say, and a cycle. */
function rich() {
  const value = {
    id: 4711,
    since: new Date(1_700_000_000_000),
    tags: new Set(['new', 'europe', 'newsletter', 'large']),
    limit: 12_345_678_901_234_567_890n,
    missing: undefined,
    orders: new Map(
      Array.from({ length: 12 }, (_, i) => [
        1000 + i,
        { item: `An article, number ${i}`, amount: i * 3, at: new Date(1_700_000_000_000 + i) },
      ]),
    ),
    self: undefined as unknown,
  };
  value.self = value;
  return value;
}
