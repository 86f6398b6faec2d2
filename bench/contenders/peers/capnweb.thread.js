import { workerData } from 'node:worker_threads';
import { newMessagePortRpcSession, RpcTarget } from 'capnweb';
import { add, chunks, echo, items } from '../work.js';

class Work extends RpcTarget {
  add(a, b) {
    return add(a, b);
  }
  echo(value) {
    return echo(value);
  }
  items(count) {
    return streamOf(items(count));
  }
  chunks(count, sizeBytes) {
    return streamOf(chunks(count, sizeBytes));
  }
}

/** What `ReadableStream.from` makes in Node 20 is not known to capnweb. */
const streamOf = (iterable) =>
  new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterable.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });

newMessagePortRpcSession(workerData, new Work());
