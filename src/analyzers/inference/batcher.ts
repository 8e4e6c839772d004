/** Something waiting to go into a batch. */
export interface Batcher<Item> {
  add(item: Item): void;
}

/**
 * Collects items and hands them over together: when `largest` are waiting, or `delayMilliseconds` after the first.
 * The first batch is not handed over before the item's own turn of the event loop has ended, so that several streams
 * that deliver at once share one run.
 */
export function openBatcher<Item>(options: {
  readonly largest: number;
  readonly delayMilliseconds: number;
  run(items: Item[]): void;
}): Batcher<Item> {
  let waiting: Item[] = [];
  let timer: NodeJS.Timeout | undefined;

  function handOver(): void {
    clearTimeout(timer);
    timer = undefined;
    const items = waiting;
    waiting = [];
    options.run(items);
  }

  return {
    add(item) {
      waiting.push(item);
      if (waiting.length >= options.largest) handOver();
      else timer ??= setTimeout(handOver, options.delayMilliseconds);
    },
  };
}
