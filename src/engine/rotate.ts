import { printableName } from '../model/identifier.ts'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import { nextOf, previousOf, promoteNext } from '../secrets/generations.ts'
import type { SecretEntry } from '../secrets/store.ts'
import { putLoginBack } from './login-before.ts'
import { withLoginLock } from './login-lock.ts'
import { logIn } from './password-in-force.ts'
import { type RotationPlan, type RotationRequest, setNewPassword } from './plan-rotation.ts'
import { inDatabase } from './plan-undo.ts'

/** The parts of a rotation, in their order; `back` comes only after a failure. */
export type RotationPart = 'settle' | 'store' | 'set' | 'prove' | 'promote' | 'back'

export interface CarryOutRotation extends RotationRequest {
  readonly plan: RotationPlan
  readonly onPart?: ((part: RotationPart, database: string | null) => void) | undefined
}

/** How a rotation ended. */
export type RotationOutcome =
  /** The new password is in force, was tried, and stands alone where the old one was. */
  | { readonly outcome: 'done' }
  /** The same, but it could not be tried from here. `previous` says how to read the old one, which is kept too. */
  | { readonly outcome: 'done-unproved'; readonly previous: string | null }
  /** The old password is in force and where it was. */
  | { readonly outcome: 'failed-unchanged'; readonly problem: Problem }
  | { readonly outcome: 'failed-changed'; readonly problem: Problem; readonly left: readonly string[] }
  | { readonly outcome: 'cancelled' }

/**
 * Gives the login a new password: stored beside the old one and read back, set as its verifier, tried by logging
 * in, and only then put in the old one's place. Whatever fails, the old verifier is put back. Broken off by
 * force, both passwords are still stored, and the next rotation finds out which one is in force. Never throws.
 */
export async function rotate(request: CarryOutRotation): Promise<RotationOutcome> {
  const { open, home: database, login } = request
  try {
    return await withLoginLock(open, { database, login }, held => rotateAlone({ ...request, open: held }))
  } catch (thrown) {
    // Nothing was begun: what comes later is an outcome.
    return unchanged(problemOf(thrown))
  }
}

async function rotateAlone(request: CarryOutRotation): Promise<RotationOutcome> {
  const { plan, store, entry, onPart } = request
  const next = nextOf(entry)
  let password: Secret
  try {
    if (plan.settleFirst) {
      onPart?.('settle', null)
      await promoteNext(store, entry, { proved: true })
    }
    onPart?.('store', null)
    password = request.generate()
    await saveNext(request, next, password)
  } catch (thrown) {
    return unchanged(problemOf(thrown))
  }

  let proved = false
  try {
    onPart?.('set', null)
    await set(request, password)
    for (const database of plan.provable) {
      onPart?.('prove', database)
      proved = (await prove(request, database, password)) || proved
    }
  } catch (thrown) {
    onPart?.('back', null)
    return putBack(request, next, problemOf(thrown))
  }

  try {
    onPart?.('promote', null)
    await promoteNext(store, entry, { proved })
    if (proved) return { outcome: 'done' }
    const previous = previousOf(entry)
    return {
      outcome: 'done-unproved',
      previous: (await store.has(previous)) ? store.howToRead(previous) : null,
    }
  } catch (thrown) {
    return {
      outcome: 'failed-changed',
      problem: problemOf(thrown),
      left: [
        `The new password is in force, and kept apart from where the old one was: \`${store.howToRead(next)}\`. Another rotation puts it there.`,
      ],
    }
  }
}

async function saveNext(
  { store, signal }: CarryOutRotation,
  next: SecretEntry,
  password: Secret,
): Promise<void> {
  try {
    await store.save(next, password)
    if (signal?.aborted) throw new ProblemError({ code: 'cancelled', message: 'Cancelled.' })
  } catch (thrown) {
    await store.remove(next).catch(() => {})
    throw thrown
  }
}

async function set(request: CarryOutRotation, password: Secret): Promise<void> {
  await inDatabase(request, request.plan.at, 'commit', session => setNewPassword(session, request, password))
}

/** @returns false where all connections are in use, so that it could not be tried */
async function prove(
  { open, login }: CarryOutRotation,
  database: string,
  password: Secret,
): Promise<boolean> {
  try {
    await logIn(open, database, login, password)
    return true
  } catch (thrown) {
    const problem = problemOf(thrown)
    if (problem.code === 'too-many-connections') return false
    throw new ProblemError(
      {
        ...problem,
        code: 'login-failed',
        message: `The new password was set, but ${printableName(login)} could not log in with it: ${problem.message}`,
      },
      { cause: thrown },
    )
  }
}

/** As it was: the verifier and VALID UNTIL first, then the new password's copy goes. It is not to be cancelled. */
async function putBack(
  request: CarryOutRotation,
  next: SecretEntry,
  problem: Problem,
): Promise<RotationOutcome> {
  const { store, login, plan } = request
  try {
    await inDatabase({ ...request, signal: undefined }, plan.at, 'commit', session =>
      putLoginBack(session, plan.before),
    )
  } catch (thrown) {
    return {
      outcome: 'failed-changed',
      problem,
      left: [
        `${printableName(login)} may have the new password (the old one could not be put back: ${problemOf(thrown).message}). Both are kept, the new one so: \`${store.howToRead(next)}\`. Another rotation finds out which one is in force.`,
      ],
    }
  }
  try {
    await store.remove(next)
  } catch (thrown) {
    return {
      outcome: 'failed-changed',
      problem,
      left: [
        `The old password is in force again; the new one, which is of no use, is still in ${store.place}: ${problemOf(thrown).message}`,
      ],
    }
  }
  return unchanged(problem)
}

function unchanged(problem: Problem): RotationOutcome {
  return problem.code === 'cancelled' ? { outcome: 'cancelled' } : { outcome: 'failed-unchanged', problem }
}
