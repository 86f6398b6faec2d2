/** A promise that can be iterated where its result can. */
type MaybeStreamed = Promise<unknown> & {
  [Symbol.asyncIterator]?: () => AsyncIterator<unknown, unknown, unknown>;
};

/** A promise of the pool's that can be iterated as the member's can, whose result it passes on. */
export function streamedAs(outer: Promise<unknown>, inner: Promise<unknown>): Promise<unknown> {
  const iterate = (inner as MaybeStreamed)[Symbol.asyncIterator];
  if (iterate === undefined) return outer;
  (outer as MaybeStreamed)[Symbol.asyncIterator] = () => {
    // Whoever iterates hears of a failure there.
    outer.catch(() => {});
    return iterate.call(inner);
  };
  return outer;
}

/**
 * The same for a call that waits for its member.
 *
 * @param turn - Fulfils once there is one.
 * @param inner - The promise there; `undefined` where the call was refused.
 */
export function streamedLater(
  outer: Promise<unknown>,
  turn: Promise<unknown>,
  inner: () => Promise<unknown> | undefined,
): Promise<unknown> {
  (outer as MaybeStreamed)[Symbol.asyncIterator] = () => {
    outer.catch(() => {});
    return lateStream(outer, turn, inner);
  };
  return outer;
}

async function* lateStream(
  outer: Promise<unknown>,
  turn: Promise<unknown>,
  inner: () => MaybeStreamed | undefined,
): AsyncGenerator<unknown, unknown, unknown> {
  await turn;
  const iterator = inner()?.[Symbol.asyncIterator]?.();
  // Without one it is no stream, or the call was refused, which the outer promise tells.
  if (iterator === undefined) return yield* (await outer) as AsyncIterable<unknown>;
  return yield* { [Symbol.asyncIterator]: () => iterator };
}
