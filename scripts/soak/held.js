import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What this process holds of the system, and of itself. */
export function held() {
  // Which are made when they are first looked at, and count as what is held.
  const emitters = [process, process.stdout, process.stderr];
  /** @type {Record<string, number>} */
  const resources = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  const listeners = emitters.flatMap((emitter) =>
    emitter.eventNames().map((name) => emitter.listenerCount(name)),
  );
  return {
    descriptors: readdirSync('/proc/self/fd').filter((fd) => !isModule(fd)).length,
    children: children().length,
    threads: readdirSync('/proc/self/task').length,
    listeners: listeners.reduce((sum, count) => sum + count, 0),
    handles: ['PipeWrap', 'ProcessWrap', 'MessagePort'].reduce(
      (sum, name) => sum + (resources[name] ?? 0),
      0,
    ),
  };
}

/**
 * Node leaves files open that a thread was loading when it was terminated: those are not ours.
 *
 * @param {string} fd
 */
function isModule(fd) {
  try {
    return /\.(?:[cm]?js|json)$/.test(readlinkSync(`/proc/self/fd/${fd}`));
  } catch {
    return false;
  }
}

/** What the descriptors of this process lead to, by number. */
export function opened() {
  return new Map(
    readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return isModule(fd) ? [] : [/** @type {const} */ ([fd, readlinkSync(`/proc/self/fd/${fd}`)])];
      } catch {
        return [];
      }
    }),
  );
}

/** The processes this one has started that are there still. */
export function children() {
  return readdirSync('/proc/self/task')
    .flatMap((task) => {
      try {
        return readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ');
      } catch {
        return [];
      }
    })
    .filter(Boolean)
    .map(Number);
}
