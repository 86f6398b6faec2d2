import { noteVariable, type LaunchNote } from '../connect/launch-note.ts';

/**
 * Reads what the launcher has left in the environment, once: it is deleted, so that processes started from here do not
 * take this one's parent for their own.
 */
export function takeLaunchNote(): LaunchNote | undefined {
  const text = process.env[noteVariable];
  if (text === undefined) return undefined;
  Reflect.deleteProperty(process.env, noteVariable);
  try {
    // JSON writes Infinity as null.
    return JSON.parse(text, (_, value: unknown) => (value === null ? Infinity : value)) as LaunchNote;
  } catch {
    // Not from a launcher of ours; there is no parent to find.
    return undefined;
  }
}
