import type { ResourceLimits } from 'node:worker_threads';

import {
  callable,
  checkOptions,
  count,
  flag,
  listOf,
  milliseconds,
  oneOf,
  record,
  text,
  type OptionCheck,
  type OptionChecks,
} from '../errors/check-options.ts';
import { invalidOption } from '../errors/invalid-option.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { connectChecks } from '../connect/connect-options.ts';
import type { ConnectOptions } from '../connect/session.ts';
import { leastHeapBytes } from './heap.ts';
import { restart, type Restart, type RestartOptions } from './restart-options.ts';
import { sandboxCheck, type SandboxOptions } from './sandbox-options.ts';

/**
 * What becomes of a stream the child prints to: shown among this process's own output, made available on the child,
 * thrown away, or handed over line by line.
 */
export type Output = 'inherit' | 'pipe' | 'ignore' | ((line: string) => void);

/** How a child is watched. */
export interface HeartbeatOptions {
  /** Milliseconds between two questions whether the child is there. */
  readonly intervalMs: number;
  /**
   * How many answers may be missing before a stopped child is killed.
   *
   * @defaultValue 3
   */
  readonly misses?: number | undefined;
  /**
   * Milliseconds that a child may be busy without answering, before it is taken for one in an endless loop and killed. A long
   * computation is legal; only time tells the two apart.
   *
   * @defaultValue Infinity
   */
  readonly maxBusyMs?: number | undefined;
}

/** Options that every launched child has. */
export interface LaunchOptions extends Omit<ConnectOptions, 'protocol'> {
  /**
   * Added to this process's environment; `undefined` takes a variable out. `--inspect` in NODE_OPTIONS is not handed
   * on.
   *
   * @defaultValue this process's own environment
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Arguments of the module: what it finds in `process.argv` from the third on.
   *
   * @defaultValue none
   */
  readonly argv?: readonly string[] | undefined;
  /**
   * What becomes of what the child prints to stdout.
   *
   * @defaultValue 'inherit'
   */
  readonly stdout?: Output | undefined;
  /**
   * What becomes of what the child prints to stderr; the end of it is kept for {@link ExitReason} unless ignored.
   *
   * @defaultValue 'inherit'
   */
  readonly stderr?: Output | undefined;
  /**
   * Milliseconds that the module may take to load. After that the child is killed, and `ready` and the calls reject
   * with `START_FAILED`.
   *
   * @defaultValue 30000
   */
  readonly startTimeoutMs?: number | undefined;
  /**
   * Milliseconds that `close` waits for calls under way, and then for the child to end by itself before it is sent
   * SIGTERM.
   *
   * @defaultValue 5000
   */
  readonly graceMs?: number | undefined;
  /**
   * Asks the child at intervals whether it is there, and kills one that is stopped or busy for too long.
   *
   * @defaultValue none
   */
  readonly heartbeat?: HeartbeatOptions | undefined;
  /**
   * Milliseconds that the function of a call made with `kill` may go on after the call was aborted or timed out. After
   * that the child is terminated.
   *
   * @defaultValue 1000
   */
  readonly cancelGraceMs?: number | undefined;
  /**
   * Starts the child again when it has ended. The child and its remote stay the same; see {@link RestartOptions}.
   *
   * @defaultValue none: a child lives once
   */
  readonly restart?: RestartOptions | undefined;
  /**
   * Told before each new start of the child.
   *
   * @defaultValue none
   */
  readonly onRestart?: ((restart: Restart) => void) | undefined;
  /**
   * Closes the child when this process is sent SIGTERM or SIGINT, and then lets the signal do what it would have done.
   * The second signal terminates the child.
   *
   * @defaultValue false
   */
  readonly handleSignals?: boolean | undefined;
}

/** Options of children that Portcall's bootstrap loads a module into. */
export interface ModuleOptions extends Omit<LaunchOptions, 'types' | 'codec'> {
  /**
   * A module that both sides load before the child's own: its file URL or absolute path. What it exports of `defineType`
   * and `defineError`, alone or in lists, is registered for this child, and what it exports as `codec` is the codec. Calls
   * that are made before it is loaded here wait for it, and their arguments are written then.
   *
   * @defaultValue none
   */
  readonly types?: URL | string | undefined;
  /** Not here: a child cannot be handed a codec. Export it as `codec` from the module that `types` names. */
  readonly codec?: undefined;
  /**
   * Options of Node itself.
   *
   * @defaultValue this process's own, without `--inspect` and code given on the command line
   */
  readonly execArgv?: readonly string[] | undefined;
  /**
   * What loads TypeScript where Node does not: a specifier, resolved from the module, or `'auto'` for what is
   * installed of `@oxc-node/core` and `tsx`, unless `execArgv` or NODE_OPTIONS bring a loader of their own with
   * `--import` or `--loader`.
   *
   * @defaultValue 'auto'
   */
  readonly loader?: string | undefined;
  /**
   * Where the file is that children start with, for parents that are bundled: a copy of `portcall/bootstrap`.
   *
   * @defaultValue the one in this package
   */
  readonly bootstrap?: URL | undefined;
  /**
   * Bytes that the heap of JavaScript objects may take before the child is ended; at least 16 MiB. Buffers are not in
   * that heap.
   *
   * @defaultValue Node's own
   */
  readonly maxHeapBytes?: number | undefined;
  /**
   * For development: replaces the child when its module changes, or a file that this imports. Calls under way finish
   * on the old one.
   *
   * @defaultValue false
   */
  readonly watch?: boolean | undefined;
}

/** Options of any child, but for those on how values are written, which its launcher has seen to. */
export type LifeOptions = Omit<ModuleOptions, 'types' | 'codec'>;

/** Options of {@link fork}. */
export interface ForkOptions extends ModuleOptions {
  /**
   * What the calls travel over: an extra pipe, Node's fork IPC, or stdin and stdout.
   *
   * @defaultValue 'pipe'
   */
  readonly channel?: 'pipe' | 'ipc' | 'stdio' | undefined;
  /**
   * The child's working directory.
   *
   * @defaultValue this process's own
   */
  readonly cwd?: string | undefined;
  /**
   * The program that runs the module.
   *
   * @defaultValue the Node that runs this process
   */
  readonly execPath?: string | undefined;
  /**
   * Lets sockets and servers of `node:net` be passed as themselves, in both directions, by way of Node's fork IPC beside
   * the channel; over the channel `'ipc'` they always can. A child that is not trusted should not have it: through that
   * IPC it can crash this process. The child then also has a `process.send`, which leads nowhere.
   *
   * @defaultValue false
   */
  readonly handles?: boolean | undefined;
  /**
   * Adds a thread to the child that ends it when this process is gone, even from within an endless loop. Not needed on
   * Linux with util-linux's `setpriv`, which costs nothing.
   *
   * @defaultValue false
   */
  readonly watchdog?: boolean | undefined;
  /**
   * Keeps the child from files, processes, native code and this process's environment.
   *
   * @defaultValue the child may do what this process may
   */
  readonly sandbox?: SandboxOptions | undefined;
}

/** Options of {@link worker}. */
export interface WorkerOptions extends ModuleOptions {
  /**
   * What the module finds as `workerData`; a structured clone of it.
   *
   * @defaultValue undefined
   */
  readonly workerData?: unknown;
  /**
   * Limits on the thread's memory, in MiB; see Node's `resourceLimits`.
   *
   * @defaultValue Node's own
   */
  readonly resourceLimits?: ResourceLimits | undefined;
}

/** Options of {@link spawn}. */
export interface SpawnOptions extends LaunchOptions {
  /**
   * The child's working directory.
   *
   * @defaultValue this process's own
   */
  readonly cwd?: string | undefined;
}

const heartbeatChecks: OptionChecks<HeartbeatOptions> = {
  intervalMs: milliseconds,
  misses: count,
  maxBusyMs: milliseconds,
};

const output: OptionCheck = (option, value) => {
  if (typeof value === 'function' || value === 'inherit' || value === 'pipe' || value === 'ignore') return;
  throw invalidOption(option, value, "'inherit', 'pipe', 'ignore' or a function that takes each line");
};

const strings = listOf(text);

const environment: OptionCheck = (option, value) => {
  record(option, value);
  for (const [name, item] of Object.entries(value as object))
    if (item !== undefined) text(`${option}.${name}`, item);
};

const url: OptionCheck = (option, value) => {
  if (!(value instanceof URL)) throw invalidOption(option, value, 'a URL');
};

const megabytes: OptionCheck = (option, value) => {
  if (typeof value !== 'number' || !(value > 0)) throw invalidOption(option, value, 'a number of MiB');
};

const heapBytes: OptionCheck = (option, value) => {
  if (typeof value !== 'number' || !(value >= leastHeapBytes) || value === Infinity)
    throw invalidOption(option, value, `a number of bytes, ${leastHeapBytes} or more`);
};

const memoryChecks: OptionChecks<ResourceLimits> = {
  maxOldGenerationSizeMb: megabytes,
  maxYoungGenerationSizeMb: megabytes,
  codeRangeSizeMb: megabytes,
  stackSizeMb: megabytes,
};

const launchChecks: OptionChecks<LaunchOptions> = {
  ...connectChecks,
  env: environment,
  argv: strings,
  stdout: output,
  stderr: output,
  startTimeoutMs: milliseconds,
  graceMs: milliseconds,
  heartbeat: (option, value) => {
    record(option, value);
    checkOptions<HeartbeatOptions>(option, value, heartbeatChecks);
    if (!('intervalMs' in (value as object)))
      throw invalidOption(`${option}.intervalMs`, undefined, 'a number of milliseconds');
  },
  cancelGraceMs: milliseconds,
  restart,
  onRestart: callable,
  handleSignals: flag,
};

const moduleChecks: OptionChecks<ModuleOptions> = {
  ...launchChecks,
  types: (option, value) => {
    if (!(value instanceof URL) && typeof value !== 'string')
      throw invalidOption(
        option,
        value,
        'the file URL of a module that both sides load and that exports the types',
      );
  },
  codec: (option) => {
    throw new RpcError(
      'INVALID_OPTION',
      `${option} cannot be handed to a child: export it as codec from the module that the option types names`,
    );
  },
  execArgv: strings,
  loader: text,
  bootstrap: url,
  maxHeapBytes: heapBytes,
  watch: flag,
};

/** The checks of `fork`'s options. */
export const forkChecks: OptionChecks<ForkOptions> = {
  ...moduleChecks,
  channel: oneOf('pipe', 'ipc', 'stdio'),
  cwd: text,
  execPath: text,
  handles: flag,
  watchdog: flag,
  sandbox: sandboxCheck,
};

/** The checks of `worker`'s options. */
export const workerChecks: OptionChecks<WorkerOptions> = {
  ...moduleChecks,
  workerData: () => {},
  resourceLimits: (option, value) => {
    record(option, value);
    checkOptions<ResourceLimits>(option, value, memoryChecks);
  },
};

/** The checks of `spawn`'s options. */
export const spawnChecks: OptionChecks<SpawnOptions> = { ...launchChecks, cwd: text };

/** How long a module may take to load where nothing else is said. */
export const defaultStartTimeoutMs = 30_000;

/** How long a call that was given up may go on where nothing else is said. */
export const defaultCancelGraceMs = 1000;
