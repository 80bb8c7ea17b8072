/**
 * Long work that pauses by itself: it yields after some thousand simple steps at most, a millisecond or two, so that
 * whoever runs it can let a key through. `inSlices` (postgres/in-slices.ts) does; `atOnce` does not.
 */
export type Sliced<Result> = Generator<undefined, Result>

/** So many rows, names or the like are looked at between two pauses, where looking at one is little work. */
export const sliceSize = 2048

/** What the work gives at its end, without a pause. @throws what it throws */
export function atOnce<Result>(work: Sliced<Result>): Result {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
  }
}

/**
 * Counts what is looked at in many small lists together: true each time that it is enough for a pause. A thousand
 * lists of a hundred are as long as one of a hundred thousand.
 */
export function pace(size = sliceSize): (items: number) => boolean {
  let since = 0
  return items => {
    since += items
    if (since < size) return false
    since = 0
    return true
  }
}

/** Looks at each of the list in order, and pauses after each `size` of them. */
export function* eachOf<Item>(
  list: Iterable<Item>,
  visit: (item: Item, at: number) => void,
  size = sliceSize,
): Sliced<void> {
  let at = 0
  for (const item of list) {
    visit(item, at)
    at += 1
    if (at % size === 0) yield
  }
}
