import type { AccessTier, AuthenticationMethod } from '../model/answers.ts'
import type { AwsWay } from '../model/aws/answers.ts'
import type { TablePrivilege } from '../model/change.ts'
import type { AddressFeed } from './address-feed.ts'

/**
 * What a vendor needs, as data: facts with their source and date, no code. Our own statements are written by
 * plan/, the vendor's wording of SQL is never used.
 */
export interface Connector {
  readonly id: string
  readonly name: string
  /** One line: what it is. */
  readonly summary: string
  /** One line: what it needs of the server. */
  readonly needs: string
  /** The vendor only reads through this login. */
  readonly readOnly: boolean
  readonly page: Source
  readonly authentication: readonly AuthenticationMethod[]
  /** The vendor's own layout comes first. */
  readonly layouts: readonly ('group-and-login' | 'login')[]
  readonly roleNames: { readonly group: string; readonly login: string }
  readonly tiers: readonly Tier[]
  readonly addresses: VendorAddresses
  /** Whether it checks the server's certificate under TLS, as its page says. */
  readonly checksCertificate: 'yes' | 'no' | 'not-said'
  /** To ask the vendor who will assume the role. Paragraphs; `{role}`, `{externalId}` and what a ticket has besides. */
  readonly roleTicket?: VendorTicket
  readonly forms: readonly VendorForm[]
  /** The way to the form through the vendor's menus, one entry a click. */
  readonly way: readonly string[]
  readonly errata: readonly Erratum[]
}

export interface Source {
  readonly url: string
  /** ISO date on which it was read. */
  readonly readOn: string
  /** What is known of the text's own age. */
  readonly note?: string
}

export interface Tier {
  readonly tier: AccessTier
  readonly privileges: readonly TablePrivilege[]
  /** The vendor's reason, in our words. */
  readonly why: string
}

export type VendorAddresses =
  | {
      readonly kind: 'published'
      /** Where the vendor says it for programs; read when the question is asked. */
      readonly feed?: AddressFeed
      readonly cidrs: readonly string[]
      readonly source: Source
      readonly note: string
    }
  | {
      readonly kind: 'by-ticket'
      readonly source: Source
      /** Paragraphs of the ticket; `{endpoint}`, `{databases}` and `{login}` are filled in. */
      readonly ticket: Omit<VendorTicket, 'source'>
    }

export interface VendorTicket {
  readonly source: Source
  readonly subject: string
  readonly body: readonly string[]
}

/** The vendor's form for one way to authenticate: its labels, in its order. */
export interface VendorForm {
  readonly authentication: AuthenticationMethod
  /** With AWS IAM: for a user with a key, or for a role. */
  readonly way?: AwsWay['way']
  readonly title: string
  readonly fields: readonly FormField[]
}

export interface FormField {
  readonly label: string
  readonly value:
    | { readonly from: 'host' | 'port' | 'login' | 'password' | 'database' | 'schemas' }
    | { readonly from: 'aws-key-id' | 'aws-key-secret' | 'aws-role-arn' | 'aws-external-id' | 'aws-region' }
    | { readonly from: 'fixed'; readonly text: string }
}

/** A mistake on the vendor's page, and what is done here instead. */
export interface Erratum {
  readonly says: string
  readonly wrong: string
  readonly instead: string
  /** Where in the wizard the correction is shown. */
  readonly step: 'authentication' | 'aws' | 'schemas' | 'tables' | 'network' | 'secret'
}
