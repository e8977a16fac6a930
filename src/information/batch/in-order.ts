/**
 * Works on at most `atOnce` items at a time and gives the results in the order of the items, each as soon as it and all
 * before it are there. Nothing is taken from `items` before there is room, and no work begins while nobody takes results,
 * beyond those `atOnce`. When the taker stops, work under way ends and no more begins.
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void> {
  const source = items[Symbol.asyncIterator]();
  const running: Promise<Result>[] = [];
  let coming: Promise<IteratorResult<Item>> | undefined = quiet(source.next());
  try {
    for (;;) {
      const [head] = running;
      const isDue = head !== undefined && (running.length >= atOnce || coming === undefined);
      if (head !== undefined && (isDue || (await isFirst(head, coming)))) {
        yield await head;
        void running.shift();
      } else if (coming === undefined) {
        return;
      } else {
        const next: IteratorResult<Item> = await coming;
        coming = next.done === true ? undefined : quiet(source.next());
        if (next.done !== true) running.push(quiet(work(next.value)));
      }
    }
  } finally {
    // Not waited for: the item that is awaited may never come.
    void quiet(Promise.resolve(source.return?.()));
    await Promise.allSettled(running);
  }
}

async function isFirst(head: Promise<unknown>, coming: Promise<unknown> | undefined): Promise<boolean> {
  return await Promise.race([
    head.then(() => true),
    ...(coming === undefined ? [] : [coming.then(() => false)]),
  ]);
}

/** A rejection is thrown where the promise is awaited; until then it is nobody's. */
function quiet<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}
