import { watch, type FSWatcher } from 'node:fs';
import { dirname, join } from 'node:path';

import { moduleFiles } from './module-files.ts';

// Editors write a file in several steps, and save several files at a time.
const quietMs = 60;

/**
 * Watches a module and what it imports.
 *
 * @param changed - Called once they have changed and are quiet again.
 * @param onError - Told of what cannot be watched.
 * @returns Stops watching.
 */
export function watchModule(url: URL, changed: () => void, onError: (error: unknown) => void): () => void {
  // Folders and not files: many editors replace a file by a new one.
  const folders = new Map<string, FSWatcher>();
  let files = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const quiet = (): void => {
    // It may import other files by now.
    look();
    changed();
  };
  const touched = (path: string): void => {
    if (!files.has(path)) return;
    clearTimeout(timer);
    timer = setTimeout(quiet, quietMs);
    timer.unref();
  };
  const open = (folder: string): void => {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name !== null) touched(join(folder, name));
      });
      watcher.on('error', onError);
      folders.set(folder, watcher);
    } catch (error) {
      onError(error);
    }
  };
  const look = (): void => {
    files = moduleFiles(url);
    const wanted = new Set([...files].map((file) => dirname(file)));
    for (const [folder, watcher] of folders) {
      if (wanted.has(folder)) continue;
      watcher.close();
      folders.delete(folder);
    }
    for (const folder of wanted) if (!folders.has(folder)) open(folder);
  };
  look();
  return () => {
    clearTimeout(timer);
    for (const watcher of folders.values()) watcher.close();
  };
}
