import { availableParallelism } from 'node:os'

/**
 * Does the work for each of the items, for as many at a time as there are
 * processors
 */
export async function inParallel <Item, Result> (items: Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  const left = items.entries()

  await Promise.all(Array.from({ length: availableParallelism() }, async () => {
    for (const [i, item] of left) {
      results[i] = await work(item)
    }
  }))

  return results
}
