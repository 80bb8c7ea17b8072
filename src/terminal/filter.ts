import { addBit, type Bitmap, both, emptyBitmap, fullBitmap, without } from './bitmap.ts'
import { type FilterTerm, narrows, parseFilter } from './filter-query.ts'
import { type LinearRegExp, linearRegExp } from './linear-regexp.ts'

/** Long work that pauses by itself, after some thousand simple steps at most: whoever runs it can let a key through. */
export type InSlices<Result> = Generator<undefined, Result>

/** So many names are looked at between two pauses. */
const sliceSize = 2048

/** What can be searched. Each answer may leave out what is not in `within`, and need not. */
export interface FilterSource {
  readonly size: number
  /** The fields, by name. */
  readonly fields: Readonly<Record<string, FilterField>>
  word(word: string, exact: boolean, within: Bitmap): InSlices<Bitmap>
  pattern(pattern: string, exact: boolean, within: Bitmap): InSlices<Bitmap>
  regexp(regexp: LinearRegExp, within: Bitmap): InSlices<Bitmap>
}

/** What fits a field's value; a text says what is wrong with it. */
export type FilterField = (
  operator: ':' | '>' | '<',
  value: string,
  within: Bitmap,
) => InSlices<Bitmap | string>

/** What fits a query, and what of the query has no meaning. */
export interface Filtered {
  readonly matched: Bitmap
  readonly problem: string | null
}

/**
 * Answers a query, in slices. While somebody types, one query narrows the other: then only what was found is searched.
 * @param before the answer to the query `beforeQuery`
 */
export type Filter = (
  query: string,
  before?: { readonly query: string; readonly filtered: Filtered },
) => InSlices<Filtered>

/** A filter over anything that can be searched. */
export function filterOf(source: FilterSource): Filter {
  const fields = Object.keys(source.fields)
  return function* (query, before) {
    const terms = parseFilter(query, fields)
    const known =
      before !== undefined &&
      before.filtered.problem === null &&
      narrows(parseFilter(before.query, fields), terms)
    let matched = known ? before.filtered.matched : fullBitmap(source.size)
    for (const term of terms) {
      const found = yield* fitting(source, term, matched)
      // What is not understood matches nothing: a command on all that match then does nothing either.
      if (typeof found === 'string') return { matched: emptyBitmap(source.size), problem: found }
      matched = term.negated ? without(matched, found) : both(matched, found)
    }
    return { matched, problem: null }
  }
}

function* fitting(source: FilterSource, term: FilterTerm, within: Bitmap): InSlices<Bitmap | string> {
  switch (term.kind) {
    case 'word':
      return yield* source.word(term.word, term.exact, within)
    case 'pattern':
      return yield* source.pattern(term.pattern, term.exact, within)
    case 'regexp': {
      const parsed = linearRegExp(term.source, { ignoreCase: !term.exact })
      return parsed.ok ? yield* source.regexp(parsed.regexp, within) : `re: ${parsed.message}`
    }
    case 'field':
      return yield* source.fields[term.field]?.(term.operator, term.value, within) ?? nothingAsked(within)
  }
}

// biome-ignore lint/correctness/useYield: an answer that needs no search
function* nothingAsked(within: Bitmap): InSlices<Bitmap> {
  return within
}

/** A filter over names at hand, such as those of schemas. */
export function createFilter(names: readonly string[]): Filter {
  const lowered = names.map(name => name.toLowerCase())
  const where = function* (isExact: boolean, test: (name: string) => boolean): InSlices<Bitmap> {
    const found = emptyBitmap(names.length)
    for (const [index, name] of (isExact ? names : lowered).entries()) {
      if (test(name)) addBit(found, index)
      if (index % sliceSize === sliceSize - 1) yield
    }
    return found
  }
  return filterOf({
    size: names.length,
    fields: {},
    word: (word, isExact) => where(isExact, name => name.includes(word)),
    pattern: (pattern, isExact) => {
      const parsed = linearRegExp(`^${regExpOfGlob(pattern)}$`, { ignoreCase: false })
      return where(isExact, name => parsed.ok && parsed.regexp.test(name))
    },
    regexp: regexp => where(true, name => regexp.test(name)),
  })
}

function regExpOfGlob(pattern: string): string {
  return pattern
    .replace(/[\\^$.|+()[\]{}]/gu, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
}
