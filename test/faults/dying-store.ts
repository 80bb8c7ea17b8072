import type { SecretStore } from '../../src/secrets/store.ts'
import type { Moment } from '../support/fault-proxy.ts'

/** A secret store that the program does not come back from, as when it is killed there. */
export interface DyingStore {
  readonly store: SecretStore
  /** How often something was asked of it. */
  asked(): number
  /** Resolves when it was asked for the last time. */
  readonly dead: Promise<void>
}

/**
 * Stands before a real store. The question with this number (from 1) is not answered any more: it has not reached
 * the store, or it has and only the answer is not given.
 */
export function dyingStore(real: SecretStore, at: number | null, moment: Moment = 'before'): DyingStore {
  let asked = 0
  const { promise: dead, resolve } = Promise.withResolvers<void>()
  const dying =
    <Asked extends readonly unknown[], Answer>(ask: (...asked: Asked) => Promise<Answer>) =>
    async (...question: Asked): Promise<Answer> => {
      asked += 1
      if (asked !== at) return ask(...question)
      if (moment === 'answered') await ask(...question)
      resolve()
      return new Promise<never>(() => {})
    }
  return {
    store: {
      ...real,
      save: dying(real.save),
      read: dying(real.read),
      has: dying(real.has),
      remove: dying(real.remove),
    },
    asked: () => asked,
    dead,
  }
}
