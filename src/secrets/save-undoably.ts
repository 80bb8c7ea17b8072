import { ProblemError } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import { nextOf, promoteNext } from './generations.ts'
import type { SecretEntry, SecretStore } from './store.ts'

/** What becomes of a new secret that is kept. */
export interface KeptSecret {
  /** Puts it in the place of the one that it replaces, which stays beside it unless it is proved. @throws ProblemError */
  promote(how: { readonly proved: boolean }): Promise<void>
  /** Takes it away again. @throws ProblemError */
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
  const kept = keptSecret(store, entry, { replaces })
  try {
    await store.save(replaces ? nextOf(entry) : entry, value)
  } catch (error) {
    // One that did not answer would not answer now.
    if (!isUnanswered(error)) await kept.undo().catch(() => undefined)
    throw error
  }
  return kept
}

/** The same of one that was kept before, by a run that was broken off. */
export function keptSecret(
  store: SecretStore,
  entry: SecretEntry,
  { replaces }: { readonly replaces: boolean },
): KeptSecret {
  return {
    promote: async how => {
      if (replaces) await promoteNext(store, entry, how)
    },
    undo: async () => void (await store.remove(replaces ? nextOf(entry) : entry)),
  }
}

function isUnanswered(error: unknown): boolean {
  return error instanceof ProblemError && ['keychain-timeout', 'cancelled'].includes(error.problem.code)
}
