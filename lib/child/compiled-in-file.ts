import { codeHeadBytes, type LaunchNote } from '../connect/launch-note.ts';
import type { Compiled } from './compiled.ts';

type Files = Pick<typeof import('node:fs'), 'readSync' | 'writeSync' | 'closeSync'>;

/**
 * What processes of one parent leave for each other, in a file without a name that the launcher holds open.
 *
 * V8 believes what it is given: whoever writes there has other children run it. So one child is given a descriptor
 * that writes and all others one that reads, and each closes its own before anything of the module runs.
 *
 * @param room - Where it is read to.
 */
export function compiledInFile(
  files: Files,
  code: LaunchNote['code'],
  build: string,
  room: Buffer,
): Compiled {
  if (code === undefined) return { found: undefined };
  const { fd, bytes } = code;
  if (bytes !== undefined) return { found: closing(() => read(files, fd, room.subarray(0, bytes), build)) };
  return { found: undefined, leave: (make) => closing(() => write(files, fd, make(), build)) };

  /** Without what fails here a child starts as it would anyway: what V8 compiles then is nobody's to miss. */
  function closing<Result>(use: () => Result): Result | undefined {
    try {
      return use();
    } catch {
      return undefined;
    } finally {
      close();
    }
  }

  function close(): void {
    try {
      files.closeSync(fd);
    } catch {
      // What has started this process in between hands on no more than it knows of.
    }
  }
}

function read(files: Files, fd: number, into: Buffer, build: string): Uint8Array | undefined {
  if (files.readSync(fd, into, 0, into.length, 0) < into.length) return undefined;
  const [bytes, of] = [into.readUInt32LE(0), into.toString('latin1', 4, codeHeadBytes)];
  return bytes === into.length && of === build ? into.subarray(codeHeadBytes) : undefined;
}

/** The length is written last: where it is, all is there. */
function write(files: Files, fd: number, compiled: Uint8Array, build: string): void {
  const head = Buffer.alloc(codeHeadBytes);
  head.writeUInt32LE(codeHeadBytes + compiled.length);
  head.write(build, 4, 'latin1');
  const rest = Buffer.concat([head.subarray(4), compiled]);
  if (files.writeSync(fd, rest, 0, rest.length, 4) === rest.length) files.writeSync(fd, head, 0, 4, 0);
}
