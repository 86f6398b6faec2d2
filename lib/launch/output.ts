import { PassThrough, type Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

import type { Output } from './launch-options.ts';

// Of what a child prints to stderr this much is kept to explain its end.
const tailBytes = 8 * 1024;

// A line that never ends must not fill the memory.
const longestLine = 64 * 1024;

/** The last of what was written. */
export class Tail {
  #chunks: Buffer[] = [];
  #bytes = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(Buffer.from(chunk));
    this.#bytes += chunk.length;
    while (this.#chunks.length > 1 && this.#bytes - this.#chunks[0]!.length >= tailBytes) {
      this.#bytes -= this.#chunks.shift()!.length;
    }
  }

  get text(): string {
    return Buffer.concat(this.#chunks).subarray(-tailBytes).toString('utf8');
  }
}

/** Where the bytes of one of a child's streams go. */
export interface OutputSink {
  push(bytes: Buffer): void;
  end(): void;
  /** What the user reads, for `'pipe'`. */
  readonly stream: Readable | null;
}

/**
 * A sink that does with a stream what the user asked for, but for `'pipe'`.
 *
 * @param own - This process's stream of that kind, for `'inherit'`.
 * @param onError - Told what the user's function for lines throws.
 */
export function outputSink(
  output: Exclude<Output, 'pipe'>,
  own: NodeJS.WritableStream,
  onError: (error: unknown) => void,
): OutputSink {
  if (typeof output === 'function') return lineSink(output, onError);
  if (output === 'inherit')
    return { push: (bytes) => void own.write(Buffer.from(bytes)), end: () => {}, stream: null };
  return { push: () => {}, end: () => {}, stream: null };
}

function lineSink(given: (line: string) => void, onError: (error: unknown) => void): OutputSink {
  const onLine = (line: string): void => {
    try {
      given(line);
    } catch (error) {
      // What reads the stream also reads the protocol, and must go on.
      onError(error);
    }
  };
  const decoder = new StringDecoder('utf8');
  let rest = '';
  /** Hands over what is too long for one line, and returns what is left. */
  const cut = (line: string): string => {
    let at = 0;
    for (; line.length - at > longestLine; at += longestLine) onLine(line.slice(at, at + longestLine));
    return at === 0 ? line : line.slice(at);
  };
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    const last = lines.pop() ?? '';
    for (const whole of lines) {
      const line = cut(whole);
      onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    }
    rest = cut(last);
  };
  return {
    push: (bytes) => take(decoder.write(bytes)),
    end: () => {
      take(decoder.end());
      if (rest !== '') onLine(rest);
      rest = '';
    },
    stream: null,
  };
}

/** Leads a stream of the child's into a sink. Fulfils at its end. */
export function drain(source: Readable | null | undefined, sink: OutputSink, tail?: Tail): Promise<void> {
  if (source === null || source === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    source.on('data', (chunk: Buffer) => {
      tail?.push(chunk);
      sink.push(chunk);
      const { stream } = sink;
      // A reader who is behind holds the child back rather than filling the memory here.
      if (stream instanceof PassThrough && stream.writableNeedDrain) {
        source.pause();
        // A reader who gives up must not leave the child waiting.
        const goOn = (): void => {
          stream.off('drain', goOn).off('close', goOn);
          source.resume();
        };
        stream.on('drain', goOn).on('close', goOn);
      }
    });
    source.on('error', () => {});
    source.once('close', () => {
      sink.end();
      resolve();
    });
  });
}
