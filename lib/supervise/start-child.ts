import type { ChildCore } from '../launch/child-core.ts';
import type { LifeOptions } from '../launch/launch-options.ts';
import { launchedChild } from '../launch/launched-child.ts';
import type { Launcher } from '../launch/launcher.ts';
import { drainOnSignals } from './drain-on-signals.ts';
import { Supervisor } from './supervisor.ts';

/** Whether a child with these options may live more than once. */
export function isLasting({ restart, watch }: LifeOptions): boolean {
  return restart !== undefined || watch === true;
}

/** Starts a child that lives once, or as often as its options say. */
export function startChild(launcher: Launcher, options: LifeOptions): ChildCore {
  const core = isLasting(options)
    ? new Supervisor(launcher, options)
    : launchedChild(launcher.launch(), launcher, options);
  if (options.handleSignals === true) drainOnSignals(core);
  return core;
}
