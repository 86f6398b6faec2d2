// What the child of 04-when-things-go-wrong.ts runs. It knows nothing of Portcall.

let interruptions = 0;

/**
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function sleep(ms, signal) {
  console.log('sleeping');
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      interruptions++;
      reject(signal.reason);
    });
  });
}

/** How many sleeps were ended early. */
export function interrupted() {
  return interruptions;
}

/**
 * @param {number} balance
 * @param {number} amount
 */
export function withdraw(balance, amount) {
  if (amount > balance) throw Object.assign(new RangeError(`only ${balance} left`), { balance });
  return balance - amount;
}

/** @param {{ name: string, session?: object }} user */
export function greet(user) {
  return `hello ${user.name}`;
}
