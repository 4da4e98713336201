/** One queue for several workers: each takes the next item when it has done with the one before. Pure, but for what the workers do. */
import { isFailure, type Failure, type Result } from '../../report/failure.ts';

interface Worker {
  /** False: it takes nothing more. */
  readonly usable: boolean;
}

/** What a worker made of an item; where it could not do it, the item goes back, before those that wait. */
export interface Made<R> {
  readonly done: boolean;
  readonly made: readonly R[];
}

interface Shared<I, R> {
  /** In the items' order, whoever did them, and whenever. */
  readonly made: readonly R[];
  /** Those that nobody could do: no worker is usable any more. */
  readonly left: readonly I[];
}

/** @returns or the first failure of a worker: then nobody takes a further item */
export async function shareOut<I, W extends Worker, R>(items: readonly I[], workers: readonly W[], work: (item: I, worker: W, place: number) => Promise<Result<Made<R>>>): Promise<Result<Shared<I, R>>> {
  const open = [...items.keys()];
  const made: R[][] = items.map(() => []);
  const failures: Failure[] = [];
  const take = async (worker: W): Promise<void> => {
    while (failures.length === 0 && worker.usable) {
      const place = open.shift();
      if (place === undefined) return;
      const got = await work(items[place] as I, worker, place);
      if (isFailure(got)) return void failures.push(got);
      made[place]?.push(...got.made);
      if (!got.done) open.unshift(place);
    }
  };
  // Again where one gave its item back when the others had found the queue empty.
  do await Promise.all(workers.map(take));
  while (open.length > 0 && failures.length === 0 && workers.some(({ usable }) => usable));
  return failures[0] ?? { made: made.flat(), left: open.sort((a, b) => a - b).map((place) => items[place] as I) };
}
