import type { Delivery, ExitReason, Issue, RpcErrorCode, RpcErrorDetails } from './errors.ts';

const brand: unique symbol = Symbol.for('portcall.RpcError') as never;

/**
 * A failure of the call itself: the channel, the child, a limit, a deadline, an option. What the called function
 * throws arrives as itself and is not wrapped in this class.
 *
 * `instanceof` works across copies of the package and across realms: it looks for a `Symbol.for` brand.
 *
 * @example
 * ```ts
 * import { fork, RpcError } from 'portcall';
 *
 * declare const math: ReturnType<typeof fork<{ add(a: number, b: number): number }>>;
 * try {
 *   await math.with({ timeoutMs: 100 }).add(1, 2);
 * } catch (error) {
 *   if (error instanceof RpcError && error.code === 'TIMEOUT') console.log('too slow', error.delivery);
 *   else throw error;
 * }
 * ```
 */
export class RpcError extends Error {
  /** What went wrong; see {@link RpcErrorCode}. */
  readonly code: RpcErrorCode;
  /** Whether the function can have run; present where a call's fate is in question. */
  declare readonly delivery?: Delivery;
  /** How the child ended, where it did. */
  declare readonly exit?: ExitReason;
  /** What a schema has found wrong with the arguments or the result, where one has. */
  declare readonly issues?: readonly Issue[];

  /**
   * @param code - What went wrong.
   * @param message - What happened, to which call, and what to do.
   * @param details - Cause, delivery, exit reason and issues, where there are any.
   */
  constructor(code: RpcErrorCode, message: string, details: RpcErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    // Absent rather than undefined, so that a printed error shows only what it knows.
    if (details.delivery !== undefined) this.delivery = details.delivery;
    if (details.exit !== undefined) this.exit = details.exit;
    if (details.issues !== undefined) this.issues = details.issues;
  }

  /** Whether a value is an RpcError of this or another copy of the package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value;
  }
}

Object.defineProperty(RpcError.prototype, brand, { value: true });
Object.defineProperty(RpcError.prototype, 'name', { value: 'RpcError', writable: true, configurable: true });
