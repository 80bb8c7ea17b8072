import { ProblemError } from '../model/problem.ts'
import { reveal, type Secret } from '../model/secret.ts'
import { nextOf, promoteNext } from './generations.ts'
import type { SecretEntry, SecretStore } from './store.ts'

/** What becomes of a new secret that is kept. */
export interface KeptSecret {
  /** Whether the store still has it, and nothing else in its place. @throws ProblemError */
  holds(): Promise<boolean>
  /** Puts it in the place of the one that it replaces, which stays beside it unless it is proved. @throws ProblemError */
  promote(how: { readonly proved: boolean }): Promise<void>
  /** Takes it away again; what somebody else has stored in its place since stays. @throws ProblemError */
  undo(): Promise<void>
}

/**
 * Keeps a new secret for a run that may fail, or break off: where there is an old one, beside it, so that who
 * runs on the old one finds it until the new one is in force, and both are there whatever happens.
 * @throws ProblemError when it could not be saved; then it is as before, if possible
 */
export async function saveUndoably(
  store: SecretStore,
  entry: SecretEntry,
  value: Secret,
  { replaces }: { readonly replaces: boolean },
): Promise<KeptSecret> {
  const kept = keptSecret(store, entry, { replaces, value })
  const place = replaces ? nextOf(entry) : entry
  try {
    await store.save(place, value)
  } catch (error) {
    // One that did not answer would not answer now.
    // What was read back may differ from it, and is ours all the same.
    if (!isUnanswered(error)) await store.remove(place).catch(() => undefined)
    throw error
  }
  return kept
}

/** The same of one that was kept before, by a run that was broken off and has not told what it was. */
export function keptSecret(
  store: SecretStore,
  entry: SecretEntry,
  { replaces, value = null }: { readonly replaces: boolean; readonly value?: Secret | null },
): KeptSecret {
  const place = replaces ? nextOf(entry) : entry
  const holds = async () => {
    if (value === null) return true
    const kept = await store.read(place)
    return kept !== null && reveal(kept) === reveal(value)
  }
  return {
    holds,
    promote: async how => {
      if (replaces) await promoteNext(store, entry, how)
      // It is in force: who has taken it away, or stored another one, was too late.
      else if (value !== null && !(await holds())) await store.save(entry, value)
    },
    undo: async () => {
      if (await holds()) await store.remove(place)
    },
  }
}

function isUnanswered(error: unknown): boolean {
  return error instanceof ProblemError && ['keychain-timeout', 'cancelled'].includes(error.problem.code)
}
