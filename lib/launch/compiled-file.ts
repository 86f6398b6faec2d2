import type { ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync, readSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { nanoid } from 'nanoid';

import { codeHeadBytes } from '../connect/launch-note.ts';

/** A descriptor for a child that is about to be started. */
export interface LentFile {
  readonly fd: number;
  readonly bytes: number | undefined;
  /**
   * To be called when the child has it, or will not be there.
   *
   * @param child - Absent where it could not be started.
   */
  given(child?: ChildProcess): void;
}

/**
 * Where one process leaves the bootstrap and what V8 has compiled of it, for all that are started after it (see
 * `child/code-in-file.ts`). The file has no name any more when it is handed out, and only the one that fills it can
 * write.
 *
 * Where there can be none, children start as they would without: nobody is told.
 */
export class CompiledFile {
  // The one that reads; it stays open as long as this process, or thread, is there.
  #fd: number | undefined;
  #bytes: number | undefined;
  #asked = 0;
  #filler: ChildProcess | undefined;
  #kind: string | undefined;
  #impossible: boolean = process.platform === 'win32';

  /**
   * @param kind - What the child is started with, and what its V8 is told: it takes over only what comes of the same.
   * @param mayFill - Whether it can fill the file: it loads nothing of the user's before its session is there.
   * @returns `undefined` where the child is to start without.
   */
  lend(kind: string, mayFill: boolean): LentFile | undefined {
    if (this.#impossible) return undefined;
    // To fill it takes some milliseconds, and many programs start one child only: the second does it.
    if (++this.#asked === 1) return undefined;
    this.#bytes ??= lengthOf(this.#fd);
    if (this.#bytes === undefined) return mayFill && !this.#isAwaited() ? this.#renew(kind) : undefined;
    this.#filler = undefined;
    return kind === this.#kind ? { fd: this.#fd!, bytes: this.#bytes, given: () => {} } : undefined;
  }

  /** Whether one that may still fill it runs. */
  #isAwaited(): boolean {
    const { pid, exitCode, signalCode } = this.#filler ?? {};
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** The first, or one in place of one whose writer has ended too early. */
  #renew(kind: string): LentFile | undefined {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#filler = undefined;
    this.#kind = kind;
    const opened = openFile();
    this.#impossible = opened === undefined;
    if (opened === undefined) return undefined;
    this.#fd = opened.reads;
    return {
      fd: opened.writes,
      bytes: undefined,
      given: (child) => {
        this.#filler = child;
        closeSync(opened.writes);
      },
    };
  }
}

/** Where all processes that this one starts find it. */
export const compiledFile: CompiledFile = new CompiledFile();

function openFile(): { readonly reads: number; readonly writes: number } | undefined {
  const path = join(tmpdir(), `portcall-${nanoid()}`);
  try {
    // For its owner alone, who could not open it to write once more.
    const writes = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o400);
    try {
      return { writes, reads: openSync(path, 'r') };
    } catch (error) {
      closeSync(writes);
      throw error;
    } finally {
      unlinkSync(path);
    }
  } catch {
    return undefined;
  }
}

function lengthOf(fd: number | undefined): number | undefined {
  if (fd === undefined) return undefined;
  const head = Buffer.alloc(4);
  try {
    const bytes = readSync(fd, head, 0, 4, 0) === 4 ? head.readUInt32LE(0) : 0;
    return bytes > codeHeadBytes ? bytes : undefined;
  } catch {
    return undefined;
  }
}
