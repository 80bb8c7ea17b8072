import type { Problem } from '../model/problem.ts'

/** A vendor's addresses, and where they are from. */
export type VendorList =
  | {
      readonly from: 'feed'
      readonly cidrs: readonly string[]
      readonly madeOn: string | null
      /** Of the product alone, or all of the vendor's, since its feed does not name the product. */
      readonly of: 'product' | 'vendor'
    }
  /** The feed could not be read, for the reason in `problem`; this is what it said then (ISO 8601). */
  | {
      readonly from: 'cache'
      readonly cidrs: readonly string[]
      readonly madeOn: string | null
      readonly of: 'product' | 'vendor'
      readonly readAt: string
      readonly problem: Problem
    }
  /** Neither: the list that this version has. */
  | { readonly from: 'shipped'; readonly cidrs: readonly string[]; readonly problem: Problem }
