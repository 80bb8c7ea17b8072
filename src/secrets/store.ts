import type { SecretStoreKind } from '../model/answers.ts'
import type { Problem } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'

/** A place where secrets are kept: one interface, each in its own file, loaded only when used. */
export interface SecretStore {
  readonly kind: SecretStoreKind
  /** Where it is, in words: `the keychain of root`, `/root/.pgpass`. */
  readonly place: string
  /** Proves by write, read back, delete of a canary that it works here. Never throws. */
  probe(signal?: AbortSignal): Promise<StoreProbe>
  /** Stores, then reads back and compares. @throws ProblemError */
  save(entry: SecretEntry, value: Secret): Promise<void>
  /** @throws ProblemError */
  read(entry: SecretEntry): Promise<Secret | null>
  /** Gives whether there was something to remove. @throws ProblemError */
  remove(entry: SecretEntry): Promise<boolean>
  /** A command or a place, for reading it without us. */
  howToRead(entry: SecretEntry): string
}

export type StoreProbe = { readonly works: true } | { readonly works: false; readonly problem: Problem }

/** Whose secret it is. */
export interface SecretEntry {
  readonly user: string
  readonly host: string
  readonly port: number
  readonly databases: readonly string[]
  /**
   * Left out for the one in force. `next` is kept beside it while a rotation is under way, `previous` after one
   * that could not be proved.
   */
  readonly generation?: 'next' | 'previous'
}
