// A small database of objects that live in this process. The classes are exported, so their instances are passed by
// reference: whoever receives one calls its methods here.

export class Database {
  /** @type {Map<string, Table>} */
  #tables = new Map();

  /** @param {string} name */
  table(name) {
    let table = this.#tables.get(name);
    if (table === undefined) this.#tables.set(name, (table = new Table(name)));
    return table;
  }
}

export class Table {
  /** @type {Map<number, Row>} */
  #rows = new Map();

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  /** @param {string} name */
  insert(name) {
    const row = { id: this.#rows.size + 1, name };
    this.#rows.set(row.id, row);
    return row.id;
  }

  get size() {
    return this.#rows.size;
  }

  /** @param {number} id */
  get(id) {
    const row = this.#rows.get(id);
    if (row === undefined) throw new RangeError(`${this.name} has no row ${id}`);
    return row;
  }

  /** @param {(row: Row) => boolean | Promise<boolean>} wanted */
  async *where(wanted) {
    for (const row of this.#rows.values()) if (await wanted(row)) yield row;
  }
}

/** @typedef {{ id: number, name: string }} Row */

const databases = new Map([['shop', new Database()]]);

/** @param {string} name */
export function openDatabase(name) {
  const database = databases.get(name);
  if (database === undefined) throw new Error(`there is no database ${name}`);
  return database;
}
