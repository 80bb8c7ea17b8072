import { type Bitmap, bitmapOf, both, emptyBitmap, fullBitmap, without } from './bitmap.ts'
import { type FilterTerm, narrows, parseFilter } from './filter-query.ts'
import { type LinearRegExp, linearRegExp } from './linear-regexp.ts'

/** What can be searched. Each answer may leave out what is not in `within`, and need not. */
export interface FilterSource {
  readonly size: number
  /** The fields, by name. */
  readonly fields: Readonly<Record<string, FilterField>>
  word(word: string, exact: boolean, within: Bitmap): Bitmap
  pattern(pattern: string, exact: boolean, within: Bitmap): Bitmap
  regexp(regexp: LinearRegExp, within: Bitmap): Bitmap
}

/** What fits a field's value; a text says what is wrong with it. */
export type FilterField = (operator: ':' | '>' | '<', value: string, within: Bitmap) => Bitmap | string

/** What fits a query, and what of the query has no meaning. */
export interface Filtered {
  readonly matched: Bitmap
  readonly problem: string | null
}

/**
 * Answers a query. While somebody types, one query narrows the other: then only what was found is searched.
 * @param before the answer to the query `beforeQuery`
 */
export type Filter = (
  query: string,
  before?: { readonly query: string; readonly filtered: Filtered },
) => Filtered

/** A filter over anything that can be searched. */
export function filterOf(source: FilterSource): Filter {
  const fields = Object.keys(source.fields)
  return (query, before) => {
    const terms = parseFilter(query, fields)
    const known =
      before !== undefined &&
      before.filtered.problem === null &&
      narrows(parseFilter(before.query, fields), terms)
    let matched = known ? before.filtered.matched : fullBitmap(source.size)
    for (const term of terms) {
      const found = fitting(source, term, matched)
      // What is not understood matches nothing: a command on all that match then does nothing either.
      if (typeof found === 'string') return { matched: emptyBitmap(source.size), problem: found }
      matched = term.negated ? without(matched, found) : both(matched, found)
    }
    return { matched, problem: null }
  }
}

function fitting(source: FilterSource, term: FilterTerm, within: Bitmap): Bitmap | string {
  switch (term.kind) {
    case 'word':
      return source.word(term.word, term.exact, within)
    case 'pattern':
      return source.pattern(term.pattern, term.exact, within)
    case 'regexp': {
      const parsed = linearRegExp(term.source, { ignoreCase: !term.exact })
      return parsed.ok ? source.regexp(parsed.regexp, within) : `re: ${parsed.message}`
    }
    case 'field':
      return source.fields[term.field]?.(term.operator, term.value, within) ?? within
  }
}

/** A filter over names at hand, such as those of schemas. */
export function createFilter(names: readonly string[]): Filter {
  const lowered = names.map(name => name.toLowerCase())
  const where = (isExact: boolean, test: (name: string) => boolean) => {
    const found = (isExact ? names : lowered).flatMap((name, index) => (test(name) ? [index] : []))
    return bitmapOf(names.length, found)
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
