import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

import { checkOptions, flag, listOf, type OptionCheck, type OptionChecks } from '../errors/check-options.ts';
import { invalidOption } from '../errors/invalid-option.ts';
import { RpcError } from '../errors/rpc-error.ts';

/**
 * What a child is kept from. A sandbox by name only: it stops a program from what it should not do, not one that wants
 * to break out.
 *
 * Whatever else it says, the child gets nothing of this process's environment but `PATH`, `TZ` and the language, with
 * `env` over them; and none of this process's Node options, but those of `execArgv`.
 */
export interface SandboxOptions {
  /**
   * Runs the child under Node's permission model: no file is read or written but those named here, no process or thread
   * is started, no native addon is loaded. What else it may do is said with Node's own options in `execArgv`, such as
   * `--allow-addons`.
   *
   * @defaultValue false
   */
  readonly permission?: boolean | undefined;
  /**
   * File URLs or absolute paths of the files and folders that may be read, beside the module's own file; folders with
   * all that is in them. What the module imports is among what it reads.
   *
   * @defaultValue none
   */
  readonly read?: readonly (URL | string)[] | undefined;
  /**
   * File URLs or absolute paths of the files and folders that may be written.
   *
   * @defaultValue none
   */
  readonly write?: readonly (URL | string)[] | undefined;
  /**
   * Whether the network may be used. Node can prevent it from version 25 on; `false` is `INVALID_OPTION` where it cannot.
   *
   * @defaultValue not where Node can prevent it
   */
  readonly net?: boolean | undefined;
}

const path: OptionCheck = (option, value) => {
  if (value instanceof URL ? value.protocol !== 'file:' : typeof value !== 'string' || !isAbsolute(value)) {
    throw invalidOption(option, value, 'a file URL or an absolute path');
  }
  // Node would take it for the beginning of many names.
  if (pathText(value as URL | string).includes('*'))
    throw invalidOption(option, value, 'a path without a "*": a folder stands for all that is in it');
};

const checks: OptionChecks<SandboxOptions> = {
  permission: flag,
  read: listOf(path),
  write: listOf(path),
  net: flag,
};

/** Checks the option `sandbox`. */
export const sandboxCheck: OptionCheck = (option, value) => {
  if (typeof value !== 'object' || value === null) throw invalidOption(option, value, 'an object');
  checkOptions<SandboxOptions>(option, value, checks);
  const { permission, ...rest } = value as SandboxOptions;
  const without = Object.entries(rest).find(([, given]) => given !== undefined);
  if (permission !== true && without !== undefined) {
    throw new RpcError(
      'INVALID_OPTION',
      `${option}: ${without[0]} holds only with permission: true, Node's permission model`,
    );
  }
};

/** A path as the system writes it. */
export function pathText(given: URL | string): string {
  return given instanceof URL ? fileURLToPath(given) : given;
}
