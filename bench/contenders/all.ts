import type { Contender } from './contender.ts';
import { portcall } from './portcall.ts';
import { rawIpc } from './raw/ipc.ts';
import { rawPipe, rawStdio } from './raw/pipes.ts';
import { rawPort } from './raw/port.ts';
import { superjsonOnPort } from './raw/superjson.ts';

const own: readonly Contender[] = [rawPort, superjsonOnPort, rawPipe, ...rawIpc, rawStdio, ...portcall];

/** One file for each package of `bench/package.json`, in `peers/`. */
const peers = [
  'birpc',
  'comlink',
  'capnweb',
  'threads',
  'vscode-jsonrpc',
  'synckit',
  'piscina',
  'tinypool',
  'workerpool',
  'jest-worker',
  'poolifier',
];

/**
 * Every contender, those of a carrier together. The first of each carrier is what the others are compared with, and
 * peers stand last.
 *
 * @param withPeers - Whether the packages of `bench/package.json` take part, which then have to be installed.
 */
export async function allContenders(withPeers: boolean): Promise<readonly Contender[]> {
  const others: Contender[] = [];
  for (const peer of withPeers ? peers : []) others.push(...(await contendersOf(peer)));
  return [rawPort, rawPipe, rawIpc[0]!, rawStdio].flatMap(({ carrier }) =>
    [...own, ...others].filter((contender) => contender.carrier === carrier),
  );
}

/** Those of one peer, or those that need none: loads nothing else. */
export async function contendersOf(peer: string | undefined): Promise<readonly Contender[]> {
  if (peer === undefined) return own;
  // A name that only shows when it runs: the checks of the repository do not need the peers.
  const file = new URL(`./peers/${peer}.js`, import.meta.url);
  const { contenders } = (await import(file.href)) as { contenders: readonly Contender[] };
  return contenders.map((contender) => ({ ...contender, peer }));
}
