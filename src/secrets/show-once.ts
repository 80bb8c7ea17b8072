import { reveal, type Secret } from '../model/secret.ts'
import { accountOf } from './entry.ts'
import type { SecretStore } from './store.ts'

/**
 * No store: the secret stays in the memory of this process until it is removed or the process ends. For a
 * terminal only, where a person sees it.
 */
export function createShowOnceStore(): SecretStore {
  const kept = new Map<string, Secret>()
  return {
    kind: 'show-once',
    place: 'the memory of this program, until it ends',
    probe: () => Promise.resolve({ works: true }),
    async save(entry, value) {
      // Not a secret of secret(): then there would be nothing to show.
      reveal(value)
      kept.set(accountOf(entry), value)
    },
    read: async entry => kept.get(accountOf(entry)) ?? null,
    has: async entry => kept.has(accountOf(entry)),
    remove: async entry => kept.delete(accountOf(entry)),
    howToRead: () => 'It is shown here and kept nowhere: take it with you before you leave.',
  }
}
