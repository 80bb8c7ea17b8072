import type { AdviceText } from '../advice-text.ts'

/** What the tool's connection will be, and what makes it a better one. */
export interface TlsAdvice {
  /** As the server is, with the lines of this plan. `chosen-by-tool`: with and without are both let in. */
  readonly connection: 'off' | 'chosen-by-tool' | 'required' | 'not-known'
  /** The same in words, and why. */
  readonly says: string
  /** Whether the tool can be sure whom it talks to; null where there is no TLS. */
  readonly verified: string | null
  /** What turns TLS on, or has it required, in order; none where nothing is to be done. */
  readonly steps: readonly AdviceText[]
  /** The page that says how the service does it, and when it was read; null where it was not read, only known. */
  readonly source: { readonly url: string; readonly readOn: string } | null
}
