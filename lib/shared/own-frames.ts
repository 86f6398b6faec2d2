// The function below which nothing of the user's is on the stack: its name is looked for in traces.
const boundary = 'calledByPortcall';

/** Calls a function of the user's so that {@link withoutOwnFrames} can tell where its trace ends. */
export function calledByPortcall(
  method: (...args: never[]) => unknown,
  owner: unknown,
  args: readonly unknown[],
): unknown {
  return Reflect.apply(method, owner, args);
}

/** A trace without the frames of this library that called the user's function. */
export function withoutOwnFrames(stack: string): string {
  const at = stack.indexOf(`    at ${boundary} (`);
  return at === -1 ? stack : stack.slice(0, stack.lastIndexOf('\n', at));
}
