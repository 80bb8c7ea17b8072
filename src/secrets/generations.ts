import { reveal, type Secret } from '../model/secret.ts'
import type { SecretEntry, SecretStore } from './store.ts'

/** Where a new secret is kept until it takes the place of the one in force. */
export function nextOf(entry: SecretEntry): SecretEntry {
  return { ...entry, generation: 'next' }
}

/** Where the former secret is kept after a rotation that could not be proved. */
export function previousOf(entry: SecretEntry): SecretEntry {
  return { ...entry, generation: 'previous' }
}

/**
 * The secret that the next one was to replace; null where there is none, and where the next one has taken its
 * place already. @throws ProblemError
 */
export async function readReplaced(store: SecretStore, entry: SecretEntry): Promise<Secret | null> {
  const kept = await store.read(entry)
  const next = await store.read(nextOf(entry))
  if (kept === null || next === null || reveal(kept) === reveal(next)) return null
  return kept
}
