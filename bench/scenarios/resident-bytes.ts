import { readdirSync, readFileSync } from 'node:fs';

/** Memory of this process and of all that it has started, in bytes. Undefined where there is no `/proc`. */
export function residentBytes(): number | undefined {
  let processes: Status[];
  try {
    processes = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap(statusOf);
  } catch {
    return undefined;
  }
  return total(process.pid, processes);
}

interface Status {
  readonly pid: number;
  readonly parent: number;
  readonly bytes: number;
}

function total(pid: number, processes: readonly Status[]): number {
  let sum = processes.find((status) => status.pid === pid)?.bytes ?? 0;
  for (const { pid: child, parent } of processes) {
    if (parent === pid) sum += total(child, processes);
  }
  return sum;
}

/** Nothing of a process that has ended meanwhile. */
function statusOf(pid: string): Status[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return [];
  }
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return [{ pid: Number(pid), parent: field('PPid'), bytes: field('VmRSS') * 1024 }];
}
