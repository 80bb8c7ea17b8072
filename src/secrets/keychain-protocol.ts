/** What the keychain process is asked: one line of JSON on its stdin. */
export type KeychainRequest =
  /** Writes, reads back, compares and deletes: for a canary. */
  | (Item & { readonly operation: 'prove'; readonly secret: string })
  /** Writes, reads back and compares. */
  | (Item & { readonly operation: 'save'; readonly secret: string })
  /** Both say that there is nothing only after a canary has shown that it would be found. */
  | (Item & { readonly operation: 'read' })
  | (Item & { readonly operation: 'remove' })

interface Item {
  readonly service: string
  readonly account: string
}

/** What it answers: one JSON value on its stdout. */
export type KeychainReply =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'read'; readonly secret: string | null }
  | { readonly outcome: 'removed'; readonly existed: boolean }
  /** Every call succeeded, and yet reading back gave something else. */
  | { readonly outcome: 'lied'; readonly found: 'nothing' | 'another value' | 'a deleted item' }
  /** keytar or its native part could not be loaded; `detail` is what the dynamic linker said. */
  | { readonly outcome: 'not-loaded'; readonly message: string; readonly detail: string }
  | { readonly outcome: 'failed'; readonly message: string }
