import { existsSync, realpathSync } from 'node:fs';
import { basename, isAbsolute } from 'node:path';

/**
 * The command that makes the kernel kill a process when its parent ends, whatever it is doing then: `setpriv` of
 * util-linux, which becomes the program it is given (same pid, same descriptors). Empty where there is none.
 *
 * Elsewhere a child still notices the end of its channel, unless it is in an endless loop; `watchdog: true` is for that.
 *
 * @param program - What it is to become.
 */
export function dyingWithParent(program: string): readonly string[] {
  if (process.platform !== 'linux') return [];
  // Node's own error says that better than the exit of setpriv.
  if (isAbsolute(program) ? !existsSync(program) : program === '') return [];
  for (const path of ['/usr/bin/setpriv', '/bin/setpriv']) {
    try {
      // Busybox has a command of that name without the option.
      if (!basename(realpathSync(path)).includes('busybox')) return [path, '--pdeathsig', 'KILL', '--'];
    } catch {
      // Not there.
    }
  }
  return [];
}
