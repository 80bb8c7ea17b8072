import type { RelationRule } from '../model/answers.ts'
import { literalGlob } from '../model/glob.ts'
import type { Result } from '../model/problem.ts'
import { type FilterTerm, parseFilter } from '../terminal/filter-query.ts'
import { filterFields } from './relation-filter.ts'

/**
 * The rule that a filter comes to: at most one pattern or word that is wanted, and any that are not. An empty
 * one wants all. What a rule cannot say (owners, sizes, two words at once) makes none.
 */
export function ruleOfFilter(query: string): Result<RelationRule> {
  const include: string[] = []
  const except: string[] = []
  for (const term of parseFilter(query, filterFields)) {
    const pattern = patternOf(term)
    if (pattern === null || (!term.negated && include.length > 0)) return { ok: false, problem: noRule }
    const patterns = term.negated ? except : include
    patterns.push(pattern)
  }
  return { ok: true, value: { include: include.length === 0 ? ['*'] : include, except } }
}

function patternOf(term: FilterTerm): string | null {
  if (term.kind === 'pattern') return term.pattern
  return term.kind === 'word' && !term.word.includes('.') ? `*${literalGlob(term.word)}*` : null
}

const noRule = {
  code: 'no-rule',
  message: 'A rule goes by names alone: one that is wanted, and any that are not.',
  next: 'Such as  !*_audit  or  sales_* !*_tmp  in the filter, then r. An empty filter takes all.',
}
