// Options of Node that belong to this process and not to its children: a debugger's port, and code given on the
// command line.
const inspect = /^--inspect(-brk|-port|-publish-uid|-wait)?(=|$)/;
const code = /^(-e|--eval|-p|--print|-pe|--input-type|--test|--watch|-c|--check|-i|--interactive)(=|$)/;
const takesValue = new Set(['-e', '--eval', '-p', '--print', '-pe', '--inspect-port', '--input-type']);

/** The options of Node that a child inherits. */
export function inheritedExecArgv(execArgv: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < execArgv.length; at++) {
    const argument = execArgv[at]!;
    if (!inspect.test(argument) && !code.test(argument)) kept.push(argument);
    else if (takesValue.has(argument)) at++;
  }
  return kept;
}

/** This process's environment with the user's variables over it, without a debugger in NODE_OPTIONS. */
export function childEnvironment(
  own: NodeJS.ProcessEnv,
  added: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...own, ...added }))
    if (value !== undefined) merged[name] = value;
  const options = merged['NODE_OPTIONS'];
  if (options?.includes('--inspect') === true) {
    merged['NODE_OPTIONS'] = options
      .split(/\s+/)
      .filter((option) => !inspect.test(option))
      .join(' ');
  }
  return merged;
}
