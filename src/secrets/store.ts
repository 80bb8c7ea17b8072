import type { SecretStoreKind } from '../model/answers.ts'
import type { Problem } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'

/** A place where something secret is kept: one interface, each in its own file, loaded only when used. */
export interface Store<Kind extends string, Entry, Value> {
  readonly kind: Kind
  /** Where it is, in words: `the keychain of root`, `/root/.pgpass`. */
  readonly place: string
  /**
   * Proves by write, read back, delete of a canary that it works here, and, where the entry is known, that
   * nothing stands in its way. Never throws.
   */
  probe(signal?: AbortSignal, entry?: Entry): Promise<StoreProbe>
  /** Stores, then reads back and compares. @throws ProblemError */
  save(entry: Entry, value: Value): Promise<void>
  /** @throws ProblemError */
  read(entry: Entry): Promise<Value | null>
  /** Whether there is one, without opening it: it asks for no passphrase. @throws ProblemError */
  has(entry: Entry): Promise<boolean>
  /** Gives whether there was something to remove. @throws ProblemError */
  remove(entry: Entry): Promise<boolean>
  /** A command or a place, for reading it without us. */
  howToRead(entry: Entry): string
}

/** A place for passwords. */
export type SecretStore = Store<SecretStoreKind, SecretEntry, Secret>

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
  readonly generation?: 'next' | 'previous' | undefined
}

/** A place for access keys, which are an id and a secret. */
export type KeyPairStore = Store<'aws-credentials', ProfileEntry, KeyPair>

export interface KeyPair {
  /** No secret: `AKIA…`. */
  readonly id: string
  readonly secret: Secret
}

/** A profile of the AWS shared credentials file. */
export interface ProfileEntry {
  readonly profile: string
  /** The id of the key that may be replaced by another; any other is left alone. */
  readonly replaces?: string | undefined
}
