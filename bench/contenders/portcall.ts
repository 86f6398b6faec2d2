import { fork, worker, type Child } from 'portcall';

import type { Contender, Subject } from './contender.ts';

type MathModule = typeof import('./math.js');

const math = new URL('./math.js', import.meta.url);

// Children of contenders run plain JavaScript; the loader that runs the bench would only take them time.
const execArgv: string[] = [];

/** Portcall over each of its channels. */
export const portcall: readonly Contender[] = [
  {
    name: 'portcall worker',
    carrier: 'worker port',
    start: () => subject(worker<MathModule>(math, { execArgv })),
  },
  ...(
    [
      ['pipe', 'extra pipe'],
      ['ipc', 'fork IPC'],
      ['stdio', 'stdio'],
    ] as const
  ).map(([channel, carrier]): Contender => ({
    name: `portcall ${channel}`,
    carrier,
    start: () => subject(fork<MathModule>(math, { channel, execArgv })),
  })),
];

async function subject(child: Child<MathModule>): Promise<Subject> {
  await child.ready;
  const { remote } = child;
  return { add: (a, b) => remote.add(a, b), stop: () => child.close() };
}
