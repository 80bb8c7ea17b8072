import type { ExistingRole } from '../model/server-facts.ts'
import { instantOf } from '../model/valid-until.ts'
import type { PlanInput } from './plan-input.ts'

/** Whether pg-usher made the role: its comment says so. */
export function isOurs(role: ExistingRole): boolean {
  return /^pg-usher[: ]/.test(role.comment ?? '')
}

/**
 * Whether an existing login keeps its password: one that we made and that can log in, so that the same answers
 * twice change nothing; and one that somebody made for an administrator who may not alter it and only grants.
 */
export function keepsPassword(input: Pick<PlanInput, 'answers' | 'roles'>): boolean {
  const { login } = input.roles
  if (login === null || input.answers.replacePassword) return false
  return login.alterable ? isOurs(login) && login.canLogin : true
}

/** Whether two ends of a login are the same instant; null is none. */
export function sameEnd(one: string | null, other: string | null): boolean {
  return instantOf(one) === instantOf(other)
}
