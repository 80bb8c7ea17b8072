import { sliceSize } from './sliced.ts'

/** Texts are as much work as their length: so many characters are like one value more. */
const charactersOfOne = 64

/**
 * A document as JSON, as JSON.stringify writes it, in pieces that are each made in a millisecond or two.
 * @param space of an indentation, if there is to be one
 * @param textOf writes a part of it as JSON.stringify would
 */
export function* jsonPieces(
  document: unknown,
  space = 0,
  textOf: (part: unknown, space: number) => string | undefined = (part, indent) =>
    JSON.stringify(part, null, indent),
): Generator<string, void> {
  yield* pieces(document, '')

  function* pieces(part: unknown, margin: string): Generator<string, void> {
    if (typeof part !== 'object' || part === null || 'toJSON' in part || weightOf(part) < sliceSize)
      yield indented(textOf(part, space) ?? 'null', margin)
    else if (Array.isArray(part)) yield* listPieces(part, margin)
    else yield* fieldPieces(part, margin)
  }

  function* listPieces(list: readonly unknown[], margin: string): Generator<string, void> {
    const inner = margin + ' '.repeat(space)
    let lead = '['
    for (const run of runsOf(list)) {
      yield `${lead}${lineBreak(inner)}`
      if (run.length === 1) yield* pieces(run[0], inner)
      else {
        // As a list by itself, without its brackets and the line breaks next to them.
        const text = textOf(run, space) ?? '[]'
        yield indented(space === 0 ? text.slice(1, -1) : text.slice(2 + space, -2), margin)
      }
      lead = ','
    }
    yield `${lineBreak(margin)}]`
  }

  function* fieldPieces(fields: object, margin: string): Generator<string, void> {
    const inner = margin + ' '.repeat(space)
    let lead = '{'
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined || typeof value === 'function' || typeof value === 'symbol') continue
      yield `${lead}${lineBreak(inner)}${JSON.stringify(name)}:${space === 0 ? '' : ' '}`
      yield* pieces(value, inner)
      lead = ','
    }
    yield lead === '{' ? '{}' : `${lineBreak(margin)}}`
  }

  function lineBreak(margin: string): string {
    return space === 0 ? '' : `\n${margin}`
  }

  /** No text in JSON has a line break in it. */
  function indented(text: string, margin: string): string {
    return margin === '' ? text : text.replaceAll('\n', `\n${margin}`)
  }
}

/** Elements that are little work together in runs of their own; one that is much work alone. */
function* runsOf(list: readonly unknown[]): Generator<readonly unknown[], void> {
  let run: unknown[] = []
  let weight = 0
  for (const element of list) {
    const more = weightOf(element)
    if (run.length > 0 && weight + more >= sliceSize) {
      yield run
      run = []
      weight = 0
    }
    run.push(element)
    weight += more
  }
  if (run.length > 0) yield run
}

/** About how many values there are in it; no more than sliceSize are counted. */
function weightOf(part: unknown): number {
  if (typeof part === 'string') return 1 + Math.floor(part.length / charactersOfOne)
  if (typeof part !== 'object' || part === null) return 1
  let weight = 1
  for (const key in part) {
    weight += weightOf((part as Readonly<Record<string, unknown>>)[key])
    if (weight >= sliceSize) break
  }
  return weight
}
