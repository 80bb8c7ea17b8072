/** One condition of a filter. All of them have to hold. */
export type FilterTerm = { readonly negated: boolean } & FilterCondition

export type FilterCondition =
  /** Somewhere in the text; with a capital letter in it only so spelled (smart case, as in less and ripgrep). */
  | { readonly kind: 'word'; readonly word: string; readonly exact: boolean }
  /** The whole name, where `*` is any characters and `?` is one. */
  | { readonly kind: 'pattern'; readonly pattern: string; readonly exact: boolean }
  | { readonly kind: 'regexp'; readonly source: string; readonly exact: boolean }
  /** `owner:x`, `size>1GB`: what it means is for who knows the fields. */
  | {
      readonly kind: 'field'
      readonly field: string
      readonly operator: ':' | '>' | '<'
      readonly value: string
    }

/**
 * Reads what is typed into a filter: words, each with a `!` before it for the contrary, separated by spaces; a
 * value with spaces stands in quotes (`owner:"Legacy ERP"`). Never a fault: what has no other meaning is a word.
 * @param fields the names before `:`, `>` and `<` that mean something
 */
export function parseFilter(query: string, fields: readonly string[]): readonly FilterTerm[] {
  return (query.match(/(?:"[^"]*"?|[^\s"])+/gu) ?? []).flatMap((piece): FilterTerm[] => {
    const negated = piece.startsWith('!')
    const condition = conditionOf(negated ? piece.slice(1) : piece, fields)
    return condition === null ? [] : [{ negated, ...condition }]
  })
}

function conditionOf(piece: string, fields: readonly string[]): FilterCondition | null {
  if (piece.startsWith('re:')) {
    const source = piece.slice(3)
    // `\D` is no capital letter that was meant.
    return source === '' ? null : { kind: 'regexp', source, exact: hasCapital(source.replace(/\\./gu, '')) }
  }
  const [, field = '', operator, rest = ''] = /^([a-z]+)([:<>])(.*)$/su.exec(piece) ?? []
  if (fields.includes(field) && (operator === ':' || operator === '<' || operator === '>'))
    return { kind: 'field', field, operator, value: unquoted(rest) }
  const word = unquoted(piece)
  if (word === '') return null
  const exact = hasCapital(word)
  return /[*?]/.test(word) ? { kind: 'pattern', pattern: word, exact } : { kind: 'word', word, exact }
}

function hasCapital(text: string): boolean {
  return text !== text.toLowerCase()
}

function unquoted(text: string): string {
  return text.replaceAll('"', '')
}

/**
 * Whether everything that fits `later` fits `earlier` too, so that only what was found before is looked at
 * again: what is mostly so while somebody types.
 */
export function narrows(earlier: readonly FilterTerm[], later: readonly FilterTerm[]): boolean {
  return earlier.every(term => later.some(each => implies(each, term)))
}

function implies(later: FilterTerm, earlier: FilterTerm): boolean {
  if (later.negated !== earlier.negated) return false
  if (later.kind !== 'word' || earlier.kind !== 'word' || later.negated)
    return JSON.stringify(later) === JSON.stringify(earlier)
  const within = earlier.exact ? later.word : later.word.toLowerCase()
  // A dot more and the word is taken apart elsewhere.
  return within.includes(earlier.word) && dotsIn(later.word) === dotsIn(earlier.word)
}

function dotsIn(word: string): number {
  return word.split('.').length
}
