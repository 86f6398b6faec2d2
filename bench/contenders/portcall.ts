import * as portcallItself from '../portcall.ts';
import { fork, worker, type Child, type SyncRemote } from '../portcall.ts';
import type { Contender, Subject } from './contender.ts';

type Work = typeof import('./work.js');

const work = new URL('./work.js', import.meta.url);

// Children of contenders run plain JavaScript; the loader that runs the bench would only take them time.
const execArgv: string[] = [];

/** Portcall over each of its channels. */
export const portcall: readonly Contender[] = [
  {
    name: 'portcall worker',
    family: 'portcall',
    carrier: 'worker port',
    start: async () => subjectOf(worker<Work>(work, { execArgv })),
    ...poolOf('worker'),
  },
  ...(
    [
      ['pipe', 'extra pipe'],
      ['ipc', 'fork IPC'],
      ['stdio', 'stdio'],
    ] as const
  ).map(([channel, carrier]): Contender => ({
    name: `portcall ${channel}`,
    family: 'portcall',
    carrier,
    start: async () => subjectOf(fork<Work>(work, { channel, execArgv })),
    ...(channel === 'pipe' ? poolOf('fork') : {}),
  })),
];

type Offered = Pick<Child<Work>, 'remote' | 'with' | 'close'> & {
  readonly sync?: Pick<SyncRemote<Work>, 'add'>;
  readonly stats?: { readonly exportedReferences?: number };
};

function subjectOf(child: Offered): Subject {
  const remote = child.remote;
  const signal = new AbortController().signal;
  const { sync } = child;
  return {
    add: (a, b) => remote.add(a, b),
    addWithOptions: (a, b) => child.with({ timeoutMs: 60_000, signal, metadata: { trace: 'one' } }).add(a, b),
    ...(sync === undefined ? {} : { addBlocking: (a, b) => sync.add(a, b) }),
    echo: (value) => remote.echo(value),
    echoBytes: async (bytes) => (await remote.echo(bytes)) as Uint8Array,
    takeBytes: (bytes) => remote.size(bytes),
    echoRich: (value) => remote.echo(value),
    async readItems(count) {
      let read = 0;
      for await (const _item of remote.items(count)) read++;
      return read;
    },
    async readChunks(count, sizeBytes) {
      let read = 0;
      for await (const chunk of remote.chunks(count, sizeBytes)) read += chunk.byteLength;
      return read;
    },
    busy: (forMs) => remote.busy(forMs),
    hold: async (count) => {
      await Promise.all(Array.from({ length: count }, () => remote.hold(() => undefined)));
    },
    openReferences: () => child.stats?.exportedReferences ?? 0,
    stop: () => child.close(),
  };
}

type StartPool = (
  url: URL,
  options: { kind: 'worker' | 'fork'; min: number; max: number; execArgv: string[] },
) => Offered;

/** Nothing where this build of Portcall has no pools. */
function poolOf(kind: 'worker' | 'fork'): Pick<Contender, 'startPool'> {
  const { pool } = portcallItself as unknown as { readonly pool?: StartPool };
  if (pool === undefined) return {};
  return {
    startPool: async (members) => subjectOf(pool(work, { kind, min: members, max: members, execArgv })),
  };
}
