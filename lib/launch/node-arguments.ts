// Options of Node that belong to this process and not to its children: a debugger's port, and code given on the
// command line.
const inspect = /^--inspect(-brk|-port|-publish-uid|-wait)?(=|$)/;
const code = /^(-e|--eval|-p|--print|-pe|--input-type|--test|--watch|-c|--check|-i|--interactive)(=|$)/;
// Cut out of NODE_OPTIONS without touching the rest, in which paths may be quoted.
const inspectWithin =
  /(?<=^|\s)--inspect(?:-port\s+\S+|(?:-brk|-port|-publish-uid|-wait)?(?:=\S*)?)(?=\s|$)\s*/g;
const loading = /^(-r|--require|--import|--loader|--experimental-loader|-C|--conditions)(=|$)/;
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

/**
 * The options of Node that a thread is given; `undefined` where Node may hand on this process's own.
 *
 * What is set for V8 or the process holds in all its threads, and Node refuses to be told again. So of a process that
 * runs code from the command line only those are handed on that say how modules are loaded.
 */
export function threadExecArgv(execArgv: readonly string[]): string[] | undefined {
  if (!execArgv.some((argument) => code.test(argument))) return undefined;
  return execArgv.flatMap((argument, at) => {
    if (!loading.test(argument)) return [];
    return argument.includes('=') ? [argument] : [argument, execArgv[at + 1] ?? ''];
  });
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
  if (options !== undefined) merged['NODE_OPTIONS'] = options.replaceAll(inspectWithin, '');
  return merged;
}
