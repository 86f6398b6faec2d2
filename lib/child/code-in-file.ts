import { codeHeadBytes, type CodeFile } from '../connect/launch-note.ts';
import type { KeptCode } from './kept-code.ts';

type Files = Pick<typeof import('node:fs'), 'readSync' | 'writeSync' | 'closeSync'>;

/**
 * What processes of one parent leave for each other, in a file without a name that the launcher holds open.
 *
 * V8 believes what it is given: whoever writes there has other children run it. So one child is given a descriptor
 * that writes and all others one that reads, and each closes its own before anything of the module runs.
 */
export function codeInFile(files: Files, code: CodeFile | undefined): KeptCode {
  if (code === undefined) return {};
  const { fd, bytes } = code;
  if (bytes !== undefined) return closing(() => read(files, fd, bytes)) ?? {};
  return { leave: (text, make) => closing(() => write(files, fd, text, make())) };

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

/** What is read is no more than garbage soon, which an idle process keeps: so the same memory serves for both. */
function read(files: Files, fd: number, bytes: number): KeptCode {
  const head = Buffer.alloc(codeHeadBytes);
  if (files.readSync(fd, head, 0, codeHeadBytes, 0) < codeHeadBytes || head.readUInt32LE(0) !== bytes)
    return {};
  const textBytes = head.readUInt32LE(4);
  const compiledBytes = bytes - codeHeadBytes - textBytes;
  const memory = Buffer.allocUnsafeSlow(Math.max(textBytes, compiledBytes));
  if (files.readSync(fd, memory, 0, textBytes, codeHeadBytes) < textBytes) return {};
  const text = memory.toString('latin1', 0, textBytes);
  if (files.readSync(fd, memory, 0, compiledBytes, codeHeadBytes + textBytes) < compiledBytes) return {};
  return { text, compiled: memory.subarray(0, compiledBytes) };
}

/** The length of all is written last: where it is, all is there. */
function write(files: Files, fd: number, text: string, compiled: Uint8Array): void {
  const all = Buffer.concat([Buffer.alloc(codeHeadBytes), Buffer.from(text, 'latin1'), compiled]);
  all.writeUInt32LE(all.length, 0);
  all.writeUInt32LE(text.length, 4);
  if (files.writeSync(fd, all, 4, all.length - 4, 4) === all.length - 4) files.writeSync(fd, all, 0, 4, 0);
}
