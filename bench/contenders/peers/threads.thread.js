import { Observable } from 'threads/observable';
import { expose } from 'threads/worker';
import { add, chunks, echo, items } from '../work.js';

const observed = (iterable) =>
  new Observable((observer) => {
    void (async () => {
      for await (const item of iterable) observer.next(item);
      observer.complete();
    })();
  });

expose({
  add,
  echo,
  items: (count) => observed(items(count)),
  chunks: (count, sizeBytes) => observed(chunks(count, sizeBytes)),
});
