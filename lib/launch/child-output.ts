import { PassThrough, type Readable } from 'node:stream';

import type { Output } from './launch-options.ts';
import { outputSink, type OutputSink } from './output.ts';

type Drained = Exclude<Output, 'pipe'>;

/** What becomes of what a child prints, in all its lives. */
export interface ChildOutput {
  /** What the user reads, for `'pipe'`. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Where the bytes of one life go. */
  readonly sinks: () => { readonly stdout: OutputSink; readonly stderr: OutputSink };
  /** No life follows. */
  readonly end: () => void;
}

/**
 * Leads the output of a child to where its options say.
 *
 * @param lasting - Whether what the user reads goes on with the next life; otherwise it ends with the first.
 */
export function childOutput(
  options: { readonly stdout?: Output | undefined; readonly stderr?: Output | undefined },
  lasting: boolean,
  onError: (error: unknown) => void,
): ChildOutput {
  const { stdout = 'inherit', stderr = 'inherit' } = options;
  const out = stdout === 'pipe' ? streamSink(lasting) : undefined;
  const err = stderr === 'pipe' ? streamSink(lasting) : undefined;
  return {
    stdout: out?.stream ?? null,
    stderr: err?.stream ?? null,
    sinks: () => ({
      stdout: out ?? outputSink(stdout as Drained, process.stdout, onError),
      stderr: err ?? outputSink(stderr as Drained, process.stderr, onError),
    }),
    end: () => {
      out?.stream.end();
      err?.stream.end();
    },
  };
}

function streamSink(lasting: boolean): OutputSink & { readonly stream: PassThrough } {
  const stream = new PassThrough();
  return {
    // Once it has ended, a process that still holds the pipe may go on printing.
    push: (bytes) => void (stream.writable && stream.write(Buffer.from(bytes))),
    end: () => {
      if (!lasting) stream.end();
    },
    stream,
  };
}
