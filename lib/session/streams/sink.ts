import type { Inflow } from './inflow.ts';

/** Where the items go that the other side writes. */
export interface Sink {
  /** Fulfils once it takes more. */
  write(value: unknown): Promise<void> | void;
  /** Fulfils once everything has been taken. */
  close(): Promise<void> | void;
  abort(reason: unknown): Promise<void> | void;
  /** Calls back when it fails by itself, in between two writes. */
  onFailure?(failed: (reason: unknown) => void): void;
}

/** Hands what arrives to a sink, one after the other, and tells the other side how it ended. */
export async function drainInto(
  inflow: Inflow,
  open: () => Sink,
  report: (error: unknown) => void,
): Promise<void> {
  let sink: Sink;
  try {
    sink = open();
  } catch (reason) {
    // Such as one that was locked since it was passed on.
    inflow.finish({ reason });
    return;
  }
  let failed = false;
  const fail = (reason: unknown): void => {
    if (failed) return;
    failed = true;
    inflow.finish({ reason });
  };
  sink.onFailure?.(fail);
  for (;;) {
    let step: IteratorResult<unknown, unknown>;
    try {
      step = await inflow.next([]);
    } catch (reason) {
      // The writer has given up, or is gone.
      if (failed) return;
      try {
        await sink.abort(reason);
      } catch (error) {
        report(error);
      }
      return;
    }
    if (failed) return;
    try {
      if (step.done !== true) await sink.write(step.value);
      else await sink.close();
    } catch (reason) {
      fail(reason);
      return;
    }
    if (step.done !== true) continue;
    if (!failed) inflow.finish();
    return;
  }
}
