import type { RelationRule } from '../model/answers.ts'
import { literalGlob } from '../model/glob.ts'
import type { Problem, Result } from '../model/problem.ts'
import { type FilterTerm, parseFilter } from '../terminal/filter-query.ts'
import { type FilterGroup, filterFields, piecesOfWord } from './relation-filter.ts'

/**
 * The rule that a filter comes to in one schema, so that it chooses what the filter shows there: at most one pattern
 * or word that is wanted, and any that are not. A word that the schema's own name has asks nothing of the tables in
 * it. An empty filter wants all. What a rule cannot say (owners, sizes, two words at once) makes none.
 */
export function ruleOfFilter(
  query: string,
  group: Pick<FilterGroup, 'database' | 'schema' | 'columns'>,
): Result<RelationRule> {
  const wanted: (readonly string[])[] = []
  const except: string[] = []
  const cased: boolean[] = []
  for (const term of parseFilter(query, filterFields)) {
    const patterns = patternsOf(term, group)
    if (patterns === null) return { ok: false, problem: noRule }
    if (patterns.some(pattern => pattern.toLowerCase() !== pattern.toUpperCase())) cased.push(isExact(term))
    if (term.negated) except.push(...patterns)
    else if (!patterns.includes('*')) wanted.push(patterns)
  }
  if (wanted.length > 1) return { ok: false, problem: noRule }
  const rule: RelationRule = { include: wanted[0] ?? ['*'], except }
  // Without a capital letter in a name there is nothing to tell apart.
  if ((group.columns?.lowered.rows.length ?? 0) === 0 || !cased.includes(false))
    return { ok: true, value: rule }
  return cased.includes(true)
    ? { ok: false, problem: twoCases }
    : { ok: true, value: { ...rule, ignoreCase: true } }
}

/** Patterns, one of which a name has to fit; null where names alone do not decide. */
function patternsOf(
  term: FilterTerm,
  group: Pick<FilterGroup, 'database' | 'schema'>,
): readonly string[] | null {
  if (term.kind === 'pattern') return [term.pattern]
  if (term.kind !== 'word') return null
  const pieces = piecesOfWord(term.word, term.exact, group)
  return pieces === 'any' ? ['*'] : pieces.map(piece => (piece === '' ? '*' : `*${literalGlob(piece)}*`))
}

function isExact(term: FilterTerm): boolean {
  return term.kind !== 'field' && term.exact
}

const noRule: Problem = {
  code: 'no-rule',
  message: 'A rule goes by names alone: one that is wanted, and any that are not.',
  next: 'Such as  !*_audit  or  sales_* !*_tmp  in the filter, then r. An empty filter takes all.',
}

const twoCases: Problem = {
  code: 'no-rule',
  message: 'A rule heeds capital letters in all of its words or in none, and here one has some.',
  next: 'Write all words in small letters, or choose the tables by name.',
}
