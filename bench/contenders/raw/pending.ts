/** A request as raw contenders send it: a number to know the reply by, and the arguments. */
export type Request = readonly [id: number, a: number, b: number];

/** A reply to it. */
export type Reply = readonly [id: number, sum: number];

/** The least that calls over messages need: a number for each, and who waits for it. */
export function pendingCalls(send: (request: Request) => void): {
  readonly add: (a: number, b: number) => Promise<number>;
  readonly replied: (reply: Reply) => void;
} {
  const waiting = new Map<number, (sum: number) => void>();
  let lastId = 0;
  return {
    add: (a, b) =>
      new Promise((resolve) => {
        const id = ++lastId;
        waiting.set(id, resolve);
        send([id, a, b]);
      }),
    replied: ([id, sum]) => {
      waiting.get(id)?.(sum);
      waiting.delete(id);
    },
  };
}
