import type { Connector } from '../connectors/connector.ts'
import type { VendorList } from '../connectors/vendor-list.ts'
import type { Answers } from '../model/answers.ts'
import type { CatalogueDatabase } from '../model/catalogue.ts'
import type { HbaQuestion, HbaReading } from '../model/hba/at-hand.ts'
import type { Problem } from '../model/problem.ts'
import type { ExistingRole, ServerFacts } from '../model/server-facts.ts'

/** The steps in their order: the questions, then what is done with the answers. Not all are asked of everybody. */
export const stepIds = [
  'tool',
  'connection',
  'endpoint',
  'authentication',
  'aws',
  'schemas',
  'tables',
  'network',
  'secret',
  'review',
  'apply',
  'done',
] as const

export type StepId = (typeof stepIds)[number]

export const stepTitles: Readonly<Record<StepId, string>> = {
  tool: 'Tool',
  connection: 'Connection',
  endpoint: 'Address for the tool',
  authentication: 'Roles and sign-in',
  aws: 'AWS',
  schemas: 'Schemas',
  tables: 'Tables',
  network: 'Network',
  secret: 'Password',
  review: 'Review',
  apply: 'Apply',
  done: 'Done',
}

/** The answers so far: each question adds its part. */
export type Draft = { readonly [Part in keyof Omit<Answers, '$schema' | 'version'>]?: Answers[Part] }

/** The steps that these answers lead through: AWS is asked about by name only where the tool comes in through it. */
export function askedSteps({ authentication }: Draft): readonly StepId[] {
  return stepIds.filter(step => {
    switch (step) {
      case 'aws':
        return authentication?.method === 'aws-iam'
      // A role that the vendor assumes has no secret of its own.
      case 'secret':
        return !hasNoSecret(authentication)
      default:
        return true
    }
  })
}

/** The step that comes after, for these answers. */
export function stepAfter(step: StepId, draft: Draft): StepId {
  const asked = askedSteps(draft)
  return asked[asked.indexOf(step) + 1] ?? 'done'
}

/** Whether there is a password, or a key's secret, to keep and to show: a role that the vendor assumes has none. */
export function hasSecret({ authentication }: Draft): boolean {
  return !hasNoSecret(authentication)
}

function hasNoSecret(authentication: Draft['authentication']): boolean {
  return authentication?.method === 'aws-iam' && authentication.aws.way.way === 'role'
}

/** What the live server has said so far. Nothing in it is an answer. */
export interface Facts {
  readonly connector: Connector | null
  readonly server: ServerFacts | null
  /** Databases that were read; one that could not be has its reason in `unreadable`. */
  readonly databases: readonly CatalogueDatabase[]
  /** By name; null is free, absent is not looked up yet. */
  readonly roles: Readonly<Record<string, ExistingRole | null>>
  /** Where the vendor says that its tool comes from, read for this tool; left out until it is. */
  readonly addresses?: { readonly tool: string; readonly list: VendorList }
  /** pg_hba.conf, read for this question; left out until it is. */
  readonly hba?: { readonly question: HbaQuestion; readonly reading: HbaReading }
}

/** What is known of a role of this name: null is free, undefined is not looked up yet. Names may be anything. */
export function knownRole({ roles }: Pick<Facts, 'roles'>, name: string): ExistingRole | null | undefined {
  return Object.hasOwn(roles, name) ? roles[name] : undefined
}

/** A problem of one field of a question. */
export interface FieldProblem {
  readonly field: string
  readonly problem: Problem
}

/** A question's input, understood: either its part of the answers or what is wrong with which field. */
export type Understood<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] }

/** A changed draft, and what an earlier answer's change took with it, in words. */
export interface DraftChange {
  readonly draft: Draft
  readonly cleared: readonly string[]
}

/** The complete document, or null while a part is missing. */
export function answersOf(draft: Draft): Answers | null {
  const { tool, server, endpoint, authentication, roles, limits, access, databases, network } = draft
  const secret = draft.secret ?? (hasNoSecret(authentication) ? { store: 'show-once' as const } : undefined)
  if (
    !tool ||
    !server ||
    !endpoint ||
    !authentication ||
    !roles ||
    !limits ||
    !access ||
    !databases ||
    !network ||
    !secret
  )
    return null
  return {
    version: 1,
    tool,
    server,
    endpoint,
    authentication,
    roles,
    replacePassword: draft.replacePassword ?? false,
    ...(draft.sendPlainPassword === true ? { sendPlainPassword: true } : {}),
    limits,
    access,
    databases,
    network,
    secret,
  }
}

/** The first question that has no answer; the review where all have one. */
export function unansweredStep(draft: Draft): StepId {
  if (draft.tool === undefined) return 'tool'
  if (draft.server === undefined) return 'connection'
  if (draft.endpoint === undefined) return 'endpoint'
  if (draft.authentication === undefined || draft.roles === undefined || draft.limits === undefined)
    return 'authentication'
  if (draft.databases === undefined) return 'schemas'
  if (draft.access === undefined) return 'tables'
  if (draft.network === undefined) return 'network'
  return draft.secret === undefined && !hasNoSecret(draft.authentication) ? 'secret' : 'review'
}
