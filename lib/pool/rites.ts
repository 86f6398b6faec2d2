import type { Call } from '../call/call.ts';
import { target } from '../call/target.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { timerMs } from '../shared/timer-ms.ts';
import type { Member } from './member.ts';

/** What is done with a member before its first call and after its last. */
export interface Rites {
  /** The export that is called first, if any. */
  readonly setup: string | undefined;
  /** The export that is called last, if any. */
  readonly teardown: string | undefined;
  readonly startTimeoutMs: number;
  readonly graceMs: number;
  /** How long references that are still open are waited for. */
  readonly drainTimeoutMs: number;
  readonly onError: (error: unknown) => void;
}

// References end without anybody being told: a member that waits for it is looked at so often.
const lookMs = 50;

/**
 * Waits until a member has loaded its module and has been set up.
 *
 * @returns Whether it has; if not it has been ended, and its failure noted.
 */
export async function prepareMember(member: Member, { setup, startTimeoutMs }: Rites): Promise<boolean> {
  try {
    await member.child.ready;
    if (setup !== undefined)
      await member.send(callOf(setup, startTimeoutMs)).catch((cause: unknown) => {
        throw setupError(setup, cause);
      });
    return true;
  } catch (error) {
    member.failure = error;
    await member.child.terminate();
    return false;
  }
}

/**
 * Ends a member that gets no more calls: waits for those it has, and for what is open, then tears it down.
 *
 * @param ready - Whether it has been set up.
 * @param waits - Whether what is open is waited for.
 */
export async function endMember(member: Member, ready: boolean, waits: boolean, rites: Rites): Promise<void> {
  const { child } = member;
  if (!ready) return child.terminate();
  await member.whenIdle();
  const until = performance.now() + (waits ? rites.drainTimeoutMs : 0);
  while (member.open > 0 && performance.now() < until && child.state === 'ready') {
    await Promise.race([child.exited, pause(Math.min(lookMs, until - performance.now()))]);
    // Calls on what is open go on.
    await member.whenIdle();
  }
  await closeMember(member, rites.graceMs, rites);
}

/** Tears a member down and closes it; calls that it still has get `graceMs`. */
export async function closeMember(member: Member, graceMs: number, rites: Rites): Promise<void> {
  const { child } = member;
  const { teardown, onError } = rites;
  if (member.isClosing) return;
  member.isClosing = true;
  if (teardown !== undefined && child.state === 'ready' && graceMs > 0)
    await member.send(callOf(teardown, graceMs)).catch((error: unknown) => {
      // One that has died needs none.
      if (!member.lost) onError(error);
    });
  await child.close({ graceMs });
}

function callOf(name: string, timeoutMs: number): Call {
  return { kind: 'call', target: target([name]), args: [], options: { timeoutMs } };
}

function setupError(setup: string, cause: unknown): RpcError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const exit = cause instanceof RpcError ? cause.exit : undefined;
  return new RpcError('START_FAILED', `${setup}(), the setup of a member of the pool, failed: ${said}`, {
    cause,
    exit,
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timerMs(ms));
    (timer as { unref?(): void }).unref?.();
  });
}
