// CommonJS, because that runs at once: while a module loads, the message that poolifier sends first is lost. So what is
// in work.js stands here again.
const { ClusterWorker } = require('poolifier');

module.exports = new ClusterWorker({
  add: ([a, b]) => a + b,
  echo: (value) => value,
  busy(forMs) {
    const until = performance.now() + forMs;
    while (performance.now() < until);
    return forMs;
  },
});
