import { Line, type Standing } from './line.ts';

/** What waits in a {@link Queue}. */
export interface Waiting<T> extends Standing<T> {
  /** The higher the sooner. */
  readonly priority: number;
  /** Those of one key share its turn; those without one share theirs. */
  readonly key: string | undefined;
  /** When it began to wait, in milliseconds of a clock that never goes back. */
  readonly since: number;
}

/** Those of one priority and key, in the order in which they came. */
interface Lane<T extends Waiting<T>> extends Standing<Lane<T>> {
  readonly key: string | undefined;
  readonly line: Line<T>;
}

/** Those of one priority: keys take turns, however many calls each of them has waiting. */
interface Level<T extends Waiting<T>> {
  readonly priority: number;
  readonly lanes: Map<string | undefined, Lane<T>>;
  readonly turns: Line<Lane<T>>;
}

/**
 * Calls that wait, by priority and key.
 *
 * Waiting raises a call: each `ageingMs` are worth one priority. Since all grow old at the same pace, the order of two
 * calls never changes, and the head of each priority is all that has to be compared. To join, to leave and to be next
 * cost the same with one call waiting and with a hundred thousand.
 */
export class Queue<T extends Waiting<T>> {
  readonly #ageingMs: number;
  // Of the priorities that someone waits with, the highest first.
  readonly #levels: Level<T>[] = [];
  #size = 0;

  constructor(ageingMs: number) {
    this.#ageingMs = ageingMs;
  }

  get size(): number {
    return this.#size;
  }

  push(one: T): void {
    this.#laneOf(this.#levelOf(one.priority), one.key).line.push(one);
    this.#size++;
  }

  /** Who is next; stays where it is. */
  get next(): T | undefined {
    return headOf(this.#nextLevel());
  }

  /** Takes one out: the next, whose key then waits for its turn, or any other. */
  remove(one: T): void {
    const at = this.#levels.findIndex(({ priority }) => priority === one.priority);
    const level = this.#levels[at]!;
    const lane = level.lanes.get(one.key)!;
    const itsTurn = level.turns.first === lane && lane.line.first === one;
    lane.line.remove(one);
    this.#size--;
    if (lane.line.isEmpty) {
      level.turns.remove(lane);
      level.lanes.delete(one.key);
      if (level.turns.isEmpty) this.#levels.splice(at, 1);
    } else if (itsTurn && level.lanes.size > 1) {
      level.turns.remove(lane);
      level.turns.push(lane);
    }
  }

  /** Whether the next here comes before the next of another queue. */
  isBefore(other: Queue<T>): boolean {
    const mine = this.next;
    const theirs = other.next;
    return mine !== undefined && (theirs === undefined || this.#urgency(mine) <= this.#urgency(theirs));
  }

  #nextLevel(): Level<T> | undefined {
    let best = this.#levels[0];
    // Without ageing the highest priority is always first.
    if (this.#levels.length < 2 || this.#ageingMs === Infinity) return best;
    for (const level of this.#levels) {
      if (this.#urgency(headOf(level)!) < this.#urgency(headOf(best)!)) best = level;
    }
    return best;
  }

  /** The moment since which a call of priority 0 would have to wait to be as urgent; the smaller the sooner. */
  #urgency({ since, priority }: T): number {
    return this.#ageingMs === Infinity ? -priority : since - priority * this.#ageingMs;
  }

  #levelOf(priority: number): Level<T> {
    const at = this.#levels.findIndex((level) => level.priority <= priority);
    const found = this.#levels[at];
    if (found?.priority === priority) return found;
    const level: Level<T> = { priority, lanes: new Map(), turns: new Line() };
    this.#levels.splice(at === -1 ? this.#levels.length : at, 0, level);
    return level;
  }

  #laneOf(level: Level<T>, key: string | undefined): Lane<T> {
    let lane = level.lanes.get(key);
    if (lane === undefined) {
      lane = { key, line: new Line(), before: undefined, after: undefined };
      level.lanes.set(key, lane);
      level.turns.push(lane);
    }
    return lane;
  }
}

function headOf<T extends Waiting<T>>(level: Level<T> | undefined): T | undefined {
  return level?.turns.first?.line.first;
}
