import { checkOptions, flag, milliseconds, record, type OptionChecks } from '../errors/check-options.ts';
import { invalidOption } from '../errors/invalid-option.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { CallOptions } from './call.ts';

/** The options of a call made without `with`. */
export const noOptions: CallOptions = Object.freeze({});

const checks: OptionChecks<CallOptions> = {
  timeoutMs: milliseconds,
  signal: (option, value) => {
    if (!isAbortSignal(value)) throw invalidOption(option, value, 'an AbortSignal');
  },
  metadata: record,
  idempotent: flag,
  retries: (option, value) => {
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      throw invalidOption(option, value, 'a whole number of 0 or more');
  },
  kill: flag,
  oneway: flag,
};

/**
 * Checks the options of `with` and adds them to those the remote already had.
 *
 * @throws RpcError `INVALID_OPTION`
 */
export function callOptions(base: CallOptions, options: CallOptions = noOptions): CallOptions {
  checkOptions<CallOptions>('with()', options, checks);
  const merged: Record<string, unknown> = { ...base };
  // An option that is present but undefined means "as before", not "none": { timeoutMs: settings.timeoutMs } is common.
  for (const [name, value] of Object.entries(options)) if (value !== undefined) merged[name] = value;
  const all = Object.freeze(merged) as CallOptions;
  if ((all.retries ?? 0) > 0 && all.idempotent !== true) {
    throw new RpcError(
      'INVALID_OPTION',
      'with(): retries is for calls that may safely run twice; say so with idempotent: true, or leave it out',
    );
  }
  return all;
}

// By shape and not by class, so that a signal of another realm or a polyfill's works too.
function isAbortSignal(value: unknown): value is AbortSignal {
  return (
    typeof value === 'object' &&
    value !== null &&
    'aborted' in value &&
    typeof value.aborted === 'boolean' &&
    'addEventListener' in value &&
    typeof value.addEventListener === 'function'
  );
}
