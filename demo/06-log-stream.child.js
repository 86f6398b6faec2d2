// A log that never ends, and how much of it has been made so far.
let made = 0;
let closed = 0;

/** @returns {AsyncGenerator<{ line: number, text: string }, void, void>} */
export async function* follow() {
  try {
    for (;;) yield { line: made, text: `request ${made++} took ${(made * 37) % 100} ms` };
  } finally {
    closed++;
  }
}

export const linesMade = () => made;
export const timesClosed = () => closed;
