// Objects that stay in another process: received by reference, called from here, and in a pipeline used before they
// have arrived.
import assert from 'node:assert/strict';
import { fork, release } from 'portcall';

type Module = typeof import('./07-database.child.js');

const child = fork<Module>(new URL('./07-database.child.js', import.meta.url));

const shop = await child.remote.openDatabase('shop');
const users = await shop.table('users');
for (const name of ['ada', 'grace', 'edsger', 'barbara']) await users.insert(name);
console.log(`${await users.name}: ${await users.size} rows`);

// The test runs here, for each row there; the rows that pass come as a stream.
const short: string[] = [];
for await (const row of users.where(({ name }) => name.length <= 5)) short.push(row.name);
assert.deepEqual(short, ['ada', 'grace']);
console.log(`short names: ${short.join(', ')}`);

// Four calls, of which only the last has a reply: they leave together and take one round trip.
const name = await child.pipeline.openDatabase('shop').table('users').get(3).name;
assert.equal(name, 'edsger');
console.log(`in one round trip: ${name}`);

// Wherever such a chain breaks, its end tells.
const broken = child.pipeline.openDatabase('shop').table('users').get(99).name;
await assert.rejects(async () => await broken, { name: 'RangeError', message: 'users has no row 99' });
console.log('a missing row: RangeError: users has no row 99');

release(users);
await assert.rejects(users.insert('donald'), { code: 'REFERENCE_RELEASED' });
console.log(`released: the child keeps ${child.stats.importedReferences} object for us`);

await child.close();
