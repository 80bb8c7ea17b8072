import { atOnce, eachOf, pace, type Sliced } from './sliced.ts'

/**
 * Many short strings as one: a hundred thousand string objects cost more than what they say. No name and no
 * comment of PostgreSQL can hold a NUL, which stands between them.
 */
export interface StringTable {
  readonly text: string
  /** Where each string begins in `text`, and one entry more: where the next one would. */
  readonly starts: Uint32Array
}

const separator = '\0'

/** The strings as one table. */
export function stringTable(strings: readonly string[]): StringTable {
  return atOnce(stringTableSliced(strings))
}

/** The same in slices. */
export function* stringTableSliced(strings: readonly string[]): Sliced<StringTable> {
  const starts = new Uint32Array(strings.length + 1)
  let at = 0
  yield* eachOf(strings, (string, index) => {
    starts[index] = at
    at += string.length + separator.length
  })
  starts[strings.length] = at
  return { text: strings.join(separator), starts }
}

/** The string with this number; empty where there is none. */
export function stringAt({ text, starts }: StringTable, index: number): string {
  const start = starts[index]
  const next = starts[index + 1]
  return start === undefined || next === undefined ? '' : text.slice(start, next - separator.length)
}

/** How many strings there are. */
export function stringCount({ starts }: StringTable): number {
  return Math.max(0, starts.length - 1)
}

/**
 * Calls with the number of each string that holds `part`, ascending, each once; an empty part is in all of them.
 * In slices.
 */
export function* forStringsWith(
  { text, starts }: StringTable,
  part: string,
  visit: (index: number) => void,
): Sliced<void> {
  const last = starts.length - 2
  if (part.includes(separator) || last < 0) return
  const isEnough = pace()
  let index = 0
  for (let hit = text.indexOf(part); hit !== -1; ) {
    index = indexAt(starts, hit, index)
    visit(index)
    if (index === last) return
    // One hit is enough: go on behind the string.
    index += 1
    hit = text.indexOf(part, starts[index])
    if (isEnough(1)) yield
  }
}

/** The string that a place in the text belongs to. Places come in order: it is looked for from the last one on. */
function indexAt(starts: Uint32Array, place: number, from: number): number {
  let low = from
  let step = 1
  while (low + step < starts.length && (starts[low + step] ?? 0) <= place) {
    low += step
    step *= 2
  }
  let high = Math.min(low + step, starts.length - 1)
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if ((starts[middle] ?? 0) <= place) low = middle
    else high = middle
  }
  return low
}
