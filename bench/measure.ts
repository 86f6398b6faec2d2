// Measures contenders in scenarios and writes what it found as JSON into the file named by its first argument. They
// take turns: every round gives each of them one turn in each scenario, so that whatever else the machine does meets
// all of them alike.
import { writeFileSync } from 'node:fs';

import { allContenders } from './contenders/all.ts';
import type { Contender } from './contenders/contender.ts';
import type { Measured } from './measured.ts';
import { optionsOf } from './options.ts';
import { fork, RpcError, type ForkedChild } from './portcall.ts';
import { scenarios as allScenarios } from './scenarios/all.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { inSmoke, SMOKE_MS, smokeScenarios } from './smoke.ts';
import { neededByTargets } from './targets.ts';

// Longer than any turn of a contender that works.
const TURN_TIMEOUT_MS = 60_000;

/** In how many rounds slow scenarios have their turn. */
const SLOW_ROUNDS = 2;

type Host = ForkedChild<typeof import('./host.js')>;

const [out, ...args] = process.argv.slice(2);
const options = optionsOf(args);
const pinnedOnly = options.pinned;
const all = await allContenders(options.peers);
const contenders = all
  .filter(({ name, carrier }) => chosen(`${carrier} ${name}`, options.contenders))
  .filter((contender) => !options.smoke || inSmoke(contender, all));
const scenarios = allScenarios
  .filter(({ name, group }) => chosen(`${group} ${name}`, options.scenarios))
  .filter(({ name, pinned }) =>
    options.smoke ? smokeScenarios.includes(name) : !pinnedOnly || pinned === true,
  );

const hosts = new Map<Contender, Host>();
const times: Record<string, Record<string, number[]>> = {};
const failures: string[] = [];
// Pairs that are left out from now on, and how often a contender has hung: twice is too often.
const impossible = new Set<string>();
const hung = new Map<Contender, number>();

// Compiled by V8 before it counts. Longer runs do so before each turn.
if (options.smoke) {
  await everyTurn(
    'warm-up',
    scenarios.filter(({ fresh }) => fresh !== true),
    options.runInMs,
    () => {},
  );
}
for (let round = 1; round <= options.rounds; round++) {
  if (options.smoke && round > 1 && performance.now() > SMOKE_MS) break;
  const due = scenarios.filter(({ slow }) => slow !== true || round <= SLOW_ROUNDS);
  await everyTurn(`round ${round} of ${options.rounds}`, due, options.turnMs, (scenario, contender, time) => {
    ((times[scenario.name] ??= {})[contender.name] ??= []).push(time);
  });
}
await Promise.all([...hosts.values()].map(close));

const measured: Measured = {
  contenders: contenders.map(({ name, family, carrier }) => ({ name, family, carrier })),
  scenarios: scenarios.map(({ name, group, unit }) => ({ name, group, unit })),
  times,
  failures,
};
writeFileSync(out!, JSON.stringify(measured));

async function everyTurn(
  title: string,
  due: readonly Scenario[],
  forMs: number,
  found: (scenario: Scenario, contender: Contender, time: number) => void,
): Promise<void> {
  const from = performance.now();
  for (const scenario of due) {
    for (const contender of contenders) {
      const time = await turn(scenario, contender, forMs);
      if (time !== null) found(scenario, contender, time);
    }
  }
  console.error(`${title}: ${((performance.now() - from) / 1000).toFixed(0)} s`);
}

async function turn(scenario: Scenario, contender: Contender, forMs: number): Promise<number | null> {
  const pair = `${contender.name}, ${scenario.name}`;
  if (impossible.has(pair) || hung.get(contender) === 2) return null;
  if (scenario.takesPart?.(contender) === false) return null;
  if (options.targets && !neededByTargets(scenario.name, contender, pinnedOnly)) return null;
  let host: Host | undefined;
  try {
    host = scenario.fresh === true ? await open(contender) : await keptHost(contender);
    const patient = host.with({ timeoutMs: TURN_TIMEOUT_MS });
    if (needsRunIn(scenario)) {
      // Before the first turn nothing is compiled at all.
      const first = times[scenario.name]?.[contender.name] === undefined;
      await patient.turn(scenario.name, scenario.dense !== true ? forMs : options.runInMs * (first ? 2 : 1));
    }
    const time = await patient.turn(scenario.name, forMs);
    if (scenario.fresh === true) await close(host);
    if (time === null) impossible.add(pair);
    return time;
  } catch (error) {
    impossible.add(pair);
    // What was found before is no longer comparable, round by round.
    delete times[scenario.name]?.[contender.name];
    const failure = `${pair}: ${String(error).split('\n')[0]}`;
    failures.push(failure);
    console.error(failure);
    if (error instanceof RpcError && error.code === 'TIMEOUT') {
      hung.set(contender, (hung.get(contender) ?? 0) + 1);
    }
    if (hosts.get(contender) === host) hosts.delete(contender);
    await host?.terminate();
    return null;
  }
}

/** Between its turns a contender idles for minutes, in which V8 lets go of compiled code and shrinks the heap. */
function needsRunIn({ fresh, long }: Scenario): boolean {
  return fresh !== true && long !== true && !options.smoke;
}

async function keptHost(contender: Contender): Promise<Host> {
  const kept = hosts.get(contender) ?? (await open(contender));
  hosts.set(contender, kept);
  return kept;
}

async function open({ name, peer }: Contender): Promise<Host> {
  const host = fork<typeof import('./host.js')>(new URL('./host.js', import.meta.url), {
    execArgv: [],
    startTimeoutMs: TURN_TIMEOUT_MS,
  });
  await host.remote.prepare(name, peer);
  return host;
}

async function close(host: Host): Promise<void> {
  await host.remote.stop();
  await host.close();
}

function chosen(name: string, words: readonly string[]): boolean {
  return words.length === 0 || words.some((word) => name.includes(word));
}
