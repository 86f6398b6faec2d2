import { nearestName } from '../shared/nearest-name.ts';
import { invalidOption } from './invalid-option.ts';
import { RpcError } from './rpc-error.ts';

/** Accepts one option's value or throws INVALID_OPTION; `option` is the full name for the message. */
export type OptionCheck = (option: string, value: unknown) => void;

/** A check for each option a function takes. */
export type OptionChecks<Options> = { readonly [Name in keyof Required<Options>]: OptionCheck };

/**
 * Checks an options object whole, so that a misspelt option is refused as loudly as a wrong value.
 *
 * @param where - The function the options were passed to, for the message: `fork()`.
 * @throws RpcError `INVALID_OPTION`
 */
export function checkOptions<Options extends object>(
  where: string,
  options: unknown,
  checks: OptionChecks<Options>,
): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null)
    throw invalidOption(`${where}: options`, options, 'an object');
  const table = new Map<string, OptionCheck>(Object.entries(checks));
  for (const [name, value] of Object.entries(options)) {
    const check = table.get(name);
    if (check === undefined) {
      const near = nearestName(name, table.keys());
      throw new RpcError(
        'INVALID_OPTION',
        `${where}: there is no option ${JSON.stringify(name)}; ` +
          (near === undefined ? `there are ${[...table.keys()].join(', ')}` : `did you mean ${near}?`),
      );
    }
    if (value !== undefined) check(`${where}: ${name}`, value);
  }
}

/** A number of milliseconds: zero or more, `Infinity` for never. */
export const milliseconds: OptionCheck = (option, value) => {
  if (typeof value !== 'number' || Number.isNaN(value) || value < 0) {
    throw invalidOption(option, value, 'a number of milliseconds, 0 or more (Infinity for no limit)');
  }
};

/** A count or size: a whole number of at least one, `Infinity` for no limit. */
export const count: OptionCheck = (option, value) => {
  if (value !== Infinity && !(Number.isSafeInteger(value) && (value as number) >= 1)) {
    throw invalidOption(option, value, 'a whole number of 1 or more (Infinity for no limit)');
  }
};

/** A whole number between two bounds, both included. */
export function wholeNumber(least: number, most: number): OptionCheck {
  return (option, value) => {
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
      throw invalidOption(option, value, `a whole number from ${least} to ${most}`);
    }
  };
}

/** `true` or `false`. */
export const flag: OptionCheck = (option, value) => {
  if (typeof value !== 'boolean') throw invalidOption(option, value, 'true or false');
};

/** Some text. */
export const text: OptionCheck = (option, value) => {
  if (typeof value !== 'string') throw invalidOption(option, value, 'a string');
};

/** A function. */
export const callable: OptionCheck = (option, value) => {
  if (typeof value !== 'function') throw invalidOption(option, value, 'a function');
};

/** An object that is no array. */
export const record: OptionCheck = (option, value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption(option, value, 'an object');
  }
};

/** A list, each item of which passes the given check. */
export function listOf(check: OptionCheck): OptionCheck {
  return (option, value) => {
    if (!Array.isArray(value)) throw invalidOption(option, value, 'an array');
    value.forEach((item: unknown, index) => check(`${option}[${index}]`, item));
  };
}

/** One of the given words. */
export function oneOf(...words: readonly string[]): OptionCheck {
  return (option, value) => {
    if (!words.includes(value as string)) {
      throw invalidOption(option, value, `one of ${words.map((word) => `'${word}'`).join(', ')}`);
    }
  };
}
