import {
  checkOptions,
  count,
  milliseconds,
  wholeNumber,
  type OptionChecks,
} from '../errors/check-options.ts';
import type { Trust } from './trust.ts';

/** What a session takes before it says no. Each is an option with a default; none is ever unlimited by accident. */
export interface Limits {
  /**
   * Bytes of one message, text and binary parts together. A larger argument or result fails its own call with
   * `TOO_LARGE`; a larger frame from the other side closes the channel. From 1 KiB to 512 MiB.
   *
   * @defaultValue 33554432 (32 MiB)
   */
  readonly messageBytes: number;
  /**
   * Calls that may wait for their replies. One more rejects with `OVERLOADED`, `delivery: 'not-sent'`.
   *
   * @defaultValue 100000
   */
  readonly pendingCalls: number;
  /**
   * Calls of the other side that may be running here. One more is refused with `OVERLOADED`.
   *
   * @defaultValue 100000
   */
  readonly runningCalls: number;
  /**
   * Bytes that may wait here because the channel takes no more, bookkeeping included. One more call rejects with
   * `OVERLOADED`. Answers wait as well: while twice as much waits, calls of the other side are refused with
   * `OVERLOADED`, and at four times as much the channel is closed, since the other side asks and does not read. So it is
   * where as much has arrived behind a handle that does not come.
   *
   * @defaultValue 67108864 (64 MiB)
   */
  readonly queuedBytes: number;
  /**
   * References that either side may hold on to what the other has: functions, instances, results that were kept. One
   * more fails its call with `OVERLOADED`.
   *
   * @defaultValue 1000000
   */
  readonly references: number;
  /**
   * Streams that each side may have opened, and ports that may be tunnelled. One more fails its call with `OVERLOADED`;
   * one more of the other side's fails its message with `PROTOCOL_ERROR`.
   *
   * @defaultValue 10000
   */
  readonly streams: number;
  /**
   * Items of one stream that may be on their way or waiting to be read.
   *
   * @defaultValue 256
   */
  readonly streamItems: number;
  /**
   * Bytes of one stream that may be on their way or waiting to be read; one item may exceed it.
   *
   * @defaultValue 1048576 (1 MiB)
   */
  readonly streamBytes: number;
  /**
   * How deeply a value may be nested. A deeper one is `NOT_SERIALIZABLE`, and so is one that is deeper than the other
   * side takes; a message that arrives nested far deeper closes the channel before it is parsed.
   *
   * @defaultValue 256
   */
  readonly depth: number;
  /**
   * How many values one value may hold, all levels together: items, properties, and the arrays and objects themselves.
   * One that holds more is `NOT_SERIALIZABLE`, and so is one of more than the other side takes; a message that arrives
   * with more closes the channel before it is parsed. Bytes are one, however many.
   *
   * @defaultValue 2000000
   */
  readonly elements: number;
  /**
   * Decimal digits of a BigInt.
   *
   * @defaultValue 16384
   */
  readonly bigintDigits: number;
  /**
   * Milliseconds the other side has for its first message once the channel stands; children have `startTimeoutMs`
   * instead.
   *
   * @defaultValue 30000
   */
  readonly handshakeMs: number;
  /**
   * Milliseconds that a message may take to arrive, from its first byte to its last, on a stream of bytes. One that
   * takes longer closes the channel.
   *
   * @defaultValue 60000
   */
  readonly frameMs: number;
}

/** The defaults between processes and threads of one machine. */
export const defaultLimits: Limits = Object.freeze({
  messageBytes: 32 * 1024 * 1024,
  pendingCalls: 100_000,
  runningCalls: 100_000,
  queuedBytes: 64 * 1024 * 1024,
  references: 1_000_000,
  streams: 10_000,
  streamItems: 256,
  streamBytes: 1024 * 1024,
  depth: 256,
  elements: 2_000_000,
  bigintDigits: 16_384,
  handshakeMs: 30_000,
  frameMs: 60_000,
});

/** The defaults towards a side that is not trusted. */
const untrustedLimits: Limits = Object.freeze({
  ...defaultLimits,
  messageBytes: 4 * 1024 * 1024,
  runningCalls: 1024,
  queuedBytes: 16 * 1024 * 1024,
  references: 10_000,
  streams: 256,
  elements: 200_000,
  handshakeMs: 10_000,
  frameMs: 15_000,
});

const checks: OptionChecks<Limits> = {
  // The framing counts in 32 bits and a JavaScript string ends at half a GiB; a handshake has to fit as well.
  messageBytes: wholeNumber(1024, 512 * 1024 * 1024),
  pendingCalls: count,
  runningCalls: count,
  queuedBytes: count,
  references: count,
  streams: count,
  streamItems: wholeNumber(1, 1_000_000),
  streamBytes: count,
  depth: count,
  elements: count,
  bigintDigits: count,
  handshakeMs: milliseconds,
  frameMs: milliseconds,
};

/**
 * The defaults with the user's own limits over them.
 *
 * @param where - The function the limits were passed to, for the message of an error.
 * @param trust - Which defaults.
 * @throws RpcError `INVALID_OPTION`
 */
export function limitsFrom(
  where: string,
  limits: Partial<Limits> | undefined,
  trust: Trust = 'full',
): Limits {
  checkOptions<Limits>(`${where}: limits`, limits, checks);
  const given = Object.entries(limits ?? {}).filter(([, value]) => value !== undefined);
  return { ...(trust === 'none' ? untrustedLimits : defaultLimits), ...Object.fromEntries(given) };
}
