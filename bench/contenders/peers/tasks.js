// What the members of piscina and tinypool run: they pass one value.
import { add as addTwo, busy as busyFor, echo as echoOne } from '../work.js';

export const add = ([a, b]) => addTwo(a, b);
export const echo = (value) => echoOne(value);
export const busy = (forMs) => busyFor(forMs);
