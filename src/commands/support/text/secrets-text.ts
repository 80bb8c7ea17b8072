import { printable } from '../../../model/identifier.ts'
import type { IndexedSecret } from '../../../secrets/secret-index.ts'
import type { SecretStore } from '../../../secrets/store.ts'
import { paragraph } from './layout.ts'

/** A noted secret and the place that it is in. */
export interface ListedSecret extends IndexedSecret {
  readonly store: SecretStore
}

/** What is stored where, and how it is read without us. */
export function secretsText(listed: readonly ListedSecret[], folder: string): string[] {
  if (listed.length === 0) return paragraph(`No secret is noted in ${folder}.`)
  return listed.flatMap((secret, at) => [...(at === 0 ? [] : ['']), ...secretText(secret)])
}

function secretText({ account, entry, at, store }: ListedSecret): string[] {
  return [
    ...paragraph(account),
    ...paragraph(`in ${store.place}, since ${at.slice(0, 10)}`, '  '),
    ...(entry.generation === undefined
      ? []
      : paragraph(`${generations[entry.generation]}; pg-usher rotate settles it`, '  ')),
    // To be copied: in one piece, however long.
    `  ${printable(store.howToRead(entry))}`,
  ]
}

const generations = {
  next: 'of a rotation that was broken off',
  previous: 'the one before a rotation that could not be proved',
} as const
