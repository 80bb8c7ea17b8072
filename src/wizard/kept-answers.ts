import type { WizardState } from './state.ts'

/**
 * Whether the answers outlive the wizard, to be offered at the next start: those that were given in it, beyond the
 * choice of a tool, as long as they were not carried out. A demo keeps none.
 */
export function areKept({ keptFrom, draft, apply }: WizardState): boolean {
  const outcome = apply.outcome?.outcome
  if (outcome === 'done' || outcome === 'done-unproved') return false
  return keptFrom !== null && draft !== keptFrom && draft.server !== undefined
}
