import type { RelationRule } from './answers.ts'
import { globTest } from './glob.ts'

/** Tells whether the rule chooses a relation of this name. */
export function ruleTest({ include, except, ignoreCase }: RelationRule): (name: string) => boolean {
  const fold = ignoreCase === true ? (text: string) => text.toLowerCase() : (text: string) => text
  const wanted = include.map(pattern => globTest(fold(pattern)))
  const unwanted = except.map(pattern => globTest(fold(pattern)))
  return name => {
    const folded = fold(name)
    return wanted.some(fits => fits(folded)) && !unwanted.some(fits => fits(folded))
  }
}

/** More patterns than this are counted and not named. */
const mostNamed = 4

/** The rule in words: `all but *_audit`, `sales_* and crm_*`. */
export function ruleWords({ include, except, ignoreCase }: RelationRule): string {
  const wanted = include.includes('*') ? 'all' : named(include)
  const words = except.length === 0 ? wanted : `${wanted} but ${named(except)}`
  return ignoreCase === true ? `${words} (capitals or not)` : words
}

function named(patterns: readonly string[]): string {
  const first = patterns.slice(0, mostNamed).join(', ')
  return patterns.length > mostNamed ? `${first} and ${patterns.length - mostNamed} more` : first
}
