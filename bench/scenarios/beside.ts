import type { Subject } from '../contenders/contender.ts';
import { adding } from './in-flight.ts';
import { residentBytes } from './resident-bytes.ts';
import type { Scenario } from './scenario.ts';

const MIB = 1024 * 1024;
const FLOW_BYTES = 256 * MIB;
const CHUNK_BYTES = 64 * 1024;
const CALL_BYTES = MIB;
const LARGE_CALL_BYTES = 10 * MIB;

// As many as are made while that much flows, about.
const IDLE_CALLS = 2_000;

// How often the same is done before it counts: V8 needs that long to compile what it runs.
const RUN_INS = 4;

// The system is asked for the memory that is used now and then: it takes some milliseconds.
const SAMPLE_MS = 25;

/** Moves that many bytes; undefined where the contender cannot. */
type Flow = (subject: Subject) => Promise<void> | undefined;

const stream: Flow = ({ readChunks }) =>
  readChunks?.(FLOW_BYTES / CHUNK_BYTES, CHUNK_BYTES).then((bytes) => {
    if (bytes !== FLOW_BYTES) throw new Error(`${bytes} of ${FLOW_BYTES} bytes came`);
  });

const calls: Flow = ({ takeBytes }) => takeBytes && giving(takeBytes);

const largeCalls: Flow = ({ echoBytes }) => echoBytes && echoing(echoBytes);

/** How long small calls take, one after the other, while 256 MiB flow: what one in a hundred exceeds. */
export const beside: readonly Scenario[] = [
  {
    name: 'p99, nothing else',
    group: 'small calls beside large data',
    unit: 'µs',
    pinned: true,
    run: async (stand) => p99(await stand.subject(), undefined),
  },
  {
    name: 'p99, beside a stream of bytes',
    group: 'small calls beside large data',
    unit: 'µs',
    pinned: true,
    slow: true,
    long: true,
    run: async (stand) => p99(await stand.subject(), stream),
  },
  {
    name: 'p99, beside calls of 1 MiB',
    group: 'small calls beside large data',
    unit: 'µs',
    pinned: true,
    slow: true,
    long: true,
    run: async (stand) => p99(await stand.subject(), calls),
  },
  {
    name: 'p99, beside echoes of 10 MiB',
    group: 'small calls beside large data',
    unit: 'µs',
    pinned: true,
    slow: true,
    long: true,
    run: async (stand) => p99(await stand.subject(), largeCalls),
  },
  {
    name: 'memory, a stream of bytes',
    group: 'small calls beside large data',
    unit: 'MB',
    fresh: true,
    slow: true,
    run: async (stand) => grown(await stand.subject(), stream),
  },
];

async function p99(subject: Subject, flow: Flow | undefined): Promise<number | null> {
  // The first of a process take three times as long, at idle too: it has code to compile and a heap to grow.
  for (let runIn = 0; runIn < RUN_INS; runIn++) await timed(subject, flow);
  const times = await timed(subject, flow);
  if (times === undefined) return null;
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)]! * 1000;
}

/** How much more is in use at most, at both sides. */
async function grown(subject: Subject, flow: Flow): Promise<number | null> {
  const before = residentBytes();
  if (before === undefined) return null;
  let most = before;
  const sampling = setInterval(() => (most = Math.max(most, residentBytes() ?? 0)), SAMPLE_MS);
  const times = await timed(subject, flow).finally(() => clearInterval(sampling));
  return times === undefined ? null : (most - before) / 1e6;
}

/** Milliseconds of each small call. */
async function timed(subject: Subject, flow: Flow | undefined): Promise<readonly number[] | undefined> {
  const { add } = subject;
  if (add === undefined) return undefined;
  const call = adding(add);
  const flowing = flow?.(subject);
  if (flow !== undefined && flowing === undefined) return undefined;
  const state = { over: false };
  const over = flowing?.finally(() => (state.over = true));
  const times: number[] = [];
  while (flowing === undefined ? times.length < IDLE_CALLS : !state.over) {
    const from = performance.now();
    await call(times.length);
    times.push(performance.now() - from);
  }
  await over;
  return times;
}

async function giving(takeBytes: NonNullable<Subject['takeBytes']>): Promise<void> {
  const sent = new Uint8Array(CALL_BYTES).fill(7);
  for (let bytes = 0; bytes < FLOW_BYTES; bytes += CALL_BYTES) {
    const taken = await takeBytes(sent);
    if (taken !== CALL_BYTES) throw new Error(`${CALL_BYTES} bytes came as ${taken}`);
  }
}

async function echoing(echoBytes: NonNullable<Subject['echoBytes']>): Promise<void> {
  const sent = new Uint8Array(LARGE_CALL_BYTES).fill(7);
  for (let bytes = 0; bytes < FLOW_BYTES; bytes += LARGE_CALL_BYTES) {
    const { byteLength } = await echoBytes(sent);
    if (byteLength !== LARGE_CALL_BYTES)
      throw new Error(`${LARGE_CALL_BYTES} bytes came back as ${byteLength}`);
  }
}
