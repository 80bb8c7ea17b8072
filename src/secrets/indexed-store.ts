import type { SecretAnswer } from '../model/answers.ts'
import type { SecretStore } from './store.ts'

/**
 * A store that notes what it stores, so that it is found again. The note comes before the secret: one that
 * points to nothing is told as such, a secret without a note would be forgotten.
 */
export function createIndexedStore(
  store: SecretStore,
  answer: SecretAnswer,
  stateFolder: string,
): SecretStore {
  return {
    ...store,
    save: async (entry, value) => {
      const { noteSecret } = await import('./secret-index.ts')
      await noteSecret(stateFolder, entry, answer)
      await store.save(entry, value)
    },
    remove: async entry => {
      const removed = await store.remove(entry)
      const { forgetSecret } = await import('./secret-index.ts')
      await forgetSecret(stateFolder, entry, answer)
      return removed
    },
  }
}
