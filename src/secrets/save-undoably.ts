import { ProblemError } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import type { SecretEntry, SecretStore } from './store.ts'

/**
 * Saves a secret and gives the way back: the secret that was there before, or none. For a run that may fail
 * later: an integration that runs on the old password must find it where it was.
 * @param beforeSaving is told what was there, before anything is changed; what it throws keeps it so
 * @throws ProblemError when it could not be saved; then what was there before is there again, if possible
 */
export async function saveUndoably(
  store: SecretStore,
  entry: SecretEntry,
  value: Secret,
  beforeSaving: (before: Secret | null) => void = () => {},
): Promise<() => Promise<void>> {
  const before = await store.read(entry)
  beforeSaving(before)
  const undo = async () => {
    if (before === null) await store.remove(entry)
    else await store.save(entry, before)
  }
  try {
    await store.save(entry, value)
  } catch (error) {
    // One that did not answer would not answer now.
    if (!isUnanswered(error)) await undo().catch(() => undefined)
    throw error
  }
  return undo
}

function isUnanswered(error: unknown): boolean {
  return error instanceof ProblemError && ['keychain-timeout', 'cancelled'].includes(error.problem.code)
}
