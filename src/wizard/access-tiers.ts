import type { WizardState } from './state.ts'

/** Whether the tool has several levels of access, so that there is something to change. */
export function hasTiers({ facts }: Pick<WizardState, 'facts'>): boolean {
  return (facts.connector?.tiers.length ?? 0) > 1
}
