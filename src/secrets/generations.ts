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

/** All the places of an entry: the one in force, and what a rotation or an apply that was broken off may have left. */
export function generationsOf(entry: SecretEntry): readonly SecretEntry[] {
  return [entry, nextOf(entry), previousOf(entry)]
}

/**
 * Puts the next secret in the place of the one that it replaces, where there is a next one.
 * @param proved whether it was tried; else the old one stays beside it, as the previous one
 * @throws ProblemError; then both are still there
 */
export async function promoteNext(
  store: SecretStore,
  entry: SecretEntry,
  { proved }: { readonly proved: boolean },
): Promise<void> {
  const value = await store.read(nextOf(entry))
  if (value === null) return
  const old = proved ? null : await readReplaced(store, entry)
  if (old !== null) await store.save(previousOf(entry), old)
  await store.save(entry, value)
  await store.remove(nextOf(entry))
  if (proved) await store.remove(previousOf(entry))
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
