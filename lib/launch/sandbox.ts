import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { RpcError } from '../errors/rpc-error.ts';
import type { ForkOptions } from './launch-options.ts';
import { pathText, type SandboxOptions } from './sandbox-options.ts';

// What a program cannot do without, or what makes its output readable; nothing in which secrets are kept.
const handedOn = ['PATH', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'SystemRoot', 'windir'];

/** The part of an environment that a child in a sandbox gets. */
export function sandboxEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(handedOn.map((name) => [name, own[name]]));
}

/**
 * The options of Node that keep a child in its sandbox.
 *
 * @param where - The function that was called, for messages.
 * @param options - What else is said of how the module is run.
 * @param needed - Files that the child cannot start without.
 * @throws RpcError `INVALID_OPTION` where this Node cannot do what is asked
 */
export function sandboxArguments(
  where: string,
  { permission = false, read = [], write = [], net }: SandboxOptions,
  { execPath, watchdog, execArgv = [] }: Pick<ForkOptions, 'execPath' | 'watchdog' | 'execArgv'>,
  needed: readonly string[],
): string[] {
  if (!permission) return [];
  const option = `${where}: sandbox`;
  // Of another program it is not known what it can prevent.
  if (execPath !== undefined && execPath !== process.execPath)
    throw unable(`${option}: permission`, `execPath has to be the Node that runs this process`);
  if (watchdog === true && !execArgv.includes('--allow-worker'))
    throw unable(
      `${option}: permission`,
      "watchdog is a thread; add '--allow-worker' to execArgv, or do without it",
    );
  const known = process.allowedNodeEnvironmentFlags;
  const enable = ['--permission', '--experimental-permission'].find((name) => known.has(name));
  if (enable === undefined) throw unable(`${option}: permission`, `${runtime} has no permission model`);
  const restrictsNet = known.has('--allow-net');
  if (net === false && !restrictsNet)
    throw unable(`${option}: net`, `${runtime} cannot keep a program from the network; Node 25 can`);
  return [
    enable,
    ...granted('--allow-fs-read', [...needed, ...read.map(pathText)]),
    ...granted('--allow-fs-write', write.map(pathText)),
    ...(net === true && restrictsNet ? ['--allow-net'] : []),
  ];
}

/**
 * A file is looked at under its own name too, where it is named by a link. What lies in a folder that is named as well
 * is left out: Node 20 ends at once where one is named twice, and others then refuse to list the folder.
 */
function granted(name: string, paths: readonly string[]): string[] {
  const all = [...new Set(paths.flatMap((path) => [resolve(path), realPath(path)]))];
  const outermost = all.filter(
    (path) => !all.some((other) => path !== other && path.startsWith(folder(other))),
  );
  return outermost.map((path) => `${name}=${path}`);
}

function folder(path: string): string {
  return path.endsWith(sep) ? path : path + sep;
}

/** A file's own URL: within a sandbox Node cannot follow the links that lead to it. */
export function realUrl(url: URL): URL {
  const real = pathToFileURL(realPath(fileURLToPath(url)));
  real.search = url.search;
  return real;
}

/** A file's own path, for the same reason; the path itself where nothing is there yet. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

const runtime = `Node ${process.versions.node}`;

function unable(option: string, why: string): RpcError {
  return new RpcError('INVALID_OPTION', `${option} cannot be had: ${why}`);
}
