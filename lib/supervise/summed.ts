import type { SessionStats } from '../connect/session.ts';

/** What several sessions have under way together. */
export function summed(stats: readonly SessionStats[]): SessionStats {
  const sum = (name: keyof SessionStats): number => stats.reduce((total, item) => total + item[name], 0);
  return {
    pendingCalls: sum('pendingCalls'),
    runningCalls: sum('runningCalls'),
    queuedBytes: sum('queuedBytes'),
    ignoredMessages: sum('ignoredMessages'),
    exportedReferences: sum('exportedReferences'),
    importedReferences: sum('importedReferences'),
    openStreams: sum('openStreams'),
  };
}
