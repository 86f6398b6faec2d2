import type { Serializable } from 'node:child_process';
import type { Server, Socket } from 'node:net';

/** The side of Node's fork IPC that this process holds: a ChildProcess, or `process` in a child. */
export interface IpcEndpoint {
  readonly connected: boolean;
  send?(message: Serializable, callback?: (error: Error | null) => void): boolean;
  send?(
    message: Serializable,
    handle: Socket | Server,
    options: undefined,
    callback: (error: Error | null) => void,
  ): boolean;
  disconnect?(): void;
  emit(event: string, ...args: unknown[]): boolean;
  on(event: string, listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: string, listener: () => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  readonly channel?: { ref(): void; unref(): void } | null | undefined;
}
