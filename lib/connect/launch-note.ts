import type { MessagePort } from 'node:worker_threads';

import type { Limits } from '../protocol/limits.ts';

/**
 * What a launcher leaves for the process or thread it starts: how to find the parent, and what to load. A child never
 * guesses: under a test runner or a process manager `process.send` is somebody else's.
 */
export interface LaunchNote {
  /** What the calls travel over. */
  readonly channel: 'pipe' | 'ipc' | 'stdio' | 'port';
  /** The module to load, as a file URL; absent in a program that calls `expose` itself. */
  readonly module?: string;
  /** Its path, so that the child loads nothing to tell it. */
  readonly path?: string;
  /** The name of the session at the child's side; made by the parent, so that the child loads nothing to make one. */
  readonly session?: string;
  /** What loads TypeScript: `'auto'` or a specifier. */
  readonly loader?: string;
  /** The module that registers types, as a file URL. */
  readonly types?: string;
  readonly limits: Partial<Limits>;
  /** How long the module may take to end after a SIGTERM of its own. */
  readonly graceMs?: number;
  /** Whether there is an IPC of Node's for handles beside the channel. */
  readonly handles?: boolean;
  /** Whether a thread watches the parent. */
  readonly watchdog?: boolean;
  /** Whether the child is asked for its memory. */
  readonly vitals?: boolean;
  /** Where processes leave the bootstrap for each other, with what V8 has compiled of it; see `child/start.ts`. */
  readonly code?: CodeFile;
}

/**
 * A file that is handed to a child. It begins with its length in bytes, which is written last, and that of the text of
 * the bootstrap, each u32le; then come that text and what V8 has compiled of it.
 */
export interface CodeFile {
  readonly fd: number;
  /** How long it is; absent where this child is to write it. */
  readonly bytes?: number;
}

/** How many bytes come before the text. */
export const codeHeadBytes = 8;

/** The environment variable that holds the note, as JSON, for a process. Whoever reads it deletes it. */
export const noteVariable = 'PORTCALL_LAUNCH';

/** The file descriptor of the extra pipe. */
export const pipeFd = 3;

/**
 * `workerData` of a worker that was launched: the note, and the port for the calls. The first message that waits in
 * the port is what the user passed as `workerData`.
 */
export interface LaunchedWorkerData {
  readonly portcall: LaunchNote;
  readonly port: MessagePort;
  /** What tells the launcher, which may be blocked, of each message. */
  readonly bell: SharedArrayBuffer;
  /** Where threads leave the bootstrap for each other, with what V8 has compiled of it; see `child/start.ts`. */
  readonly code: SharedArrayBuffer;
}
