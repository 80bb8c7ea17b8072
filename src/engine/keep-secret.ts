import { problemOf } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import type { SecretEntry, SecretStore } from '../secrets/store.ts'
import type { Done } from './committed.ts'

/** Saves the new secret, remembering what was kept under the same name. @throws ProblemError */
export async function keepSecret(
  store: SecretStore,
  entry: SecretEntry,
  value: Secret,
  done: Done,
): Promise<void> {
  const previous = await store.read(entry)
  // Noted first: a save that fails half-way may have left something.
  done.secret = { previous }
  await store.save(entry, value)
}

/** Makes the store as it was. @returns what is left of it, in words; null where nothing is */
export async function putSecretBack(
  store: SecretStore,
  entry: SecretEntry,
  previous: Secret | null,
): Promise<string | null> {
  try {
    if (previous === null) await store.remove(entry)
    else await store.save(entry, previous)
    return null
  } catch (thrown) {
    return `The new password in ${store.place} (not removed: ${problemOf(thrown).message})`
  }
}
