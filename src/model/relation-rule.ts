import type { RelationRule } from './answers.ts'
import { globTest } from './glob.ts'

/** Tells whether the rule chooses a relation of this name. */
export function ruleTest({ include, except }: RelationRule): (name: string) => boolean {
  const wanted = include.map(globTest)
  const unwanted = except.map(globTest)
  return name => wanted.some(fits => fits(name)) && !unwanted.some(fits => fits(name))
}

/** More patterns than this are counted and not named. */
const mostNamed = 4

/** The rule in words: `all but *_audit`, `sales_* and crm_*`. */
export function ruleWords({ include, except }: RelationRule): string {
  const wanted = include.includes('*') ? 'all' : named(include)
  return except.length === 0 ? wanted : `${wanted} but ${named(except)}`
}

function named(patterns: readonly string[]): string {
  const first = patterns.slice(0, mostNamed).join(', ')
  return patterns.length > mostNamed ? `${first} and ${patterns.length - mostNamed} more` : first
}
