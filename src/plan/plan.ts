import type { AccessTier, AuthenticationMethod } from '../model/answers.ts'
import type { RelationKind } from '../model/catalogue.ts'
import type { Change } from '../model/change.ts'
import type { ListenChange } from '../model/listen/change.ts'
import type { AwsPlan } from './aws/aws-plan.ts'
import type { FirewallAdvice } from './firewall/firewall.ts'
import type { NetworkPlan } from './network-plan.ts'
import type { TlsAdvice } from './tls/tls.ts'

/** Everything that will happen, in order, before anything does. */
export interface Plan {
  readonly tool: { readonly id: string; readonly name: string }
  readonly server: {
    readonly host: string
    readonly port: number
    readonly database: string
    readonly user: string
    /** server_version_num. */
    readonly versionNumber: number
  }
  readonly authentication: AuthenticationMethod
  readonly login: string
  /** null in the layout with one login. */
  readonly group: string | null
  /** The role that holds the privileges. */
  readonly grantee: string
  readonly access: AccessTier
  /** First, in the administrator's own database: the roles, not able to log in. */
  readonly roles: readonly Change[]
  /** Then each database in a transaction of its own. */
  readonly databases: readonly DatabasePlan[]
  /** Databases of an earlier run that are not chosen any more, and what is taken away there. */
  readonly leaving?: readonly DatabaseChanges[]
  /** Last: the login opened for a few minutes, and after the proof its chosen end. */
  readonly opening: readonly Change[]
  /** Who decides at the door, and what of it is changed; left out where the addresses are not known. */
  readonly network?: NetworkPlan
  /** listen_addresses, where it is set; left out where it is left alone. */
  readonly listen?: ListenChange
  /** At a managed service: what a person does there, so that the tool is let through to the server. */
  readonly firewall?: FirewallAdvice
  /** What the tool's connection will be: without TLS, or with it. A plan in a journal of an earlier version has none. */
  readonly tls?: TlsAdvice
  /** Where the tool logs in with IAM: what is changed in AWS. */
  readonly aws?: AwsPlan
  readonly notes: readonly PlanNote[]
}

/** What changes in one database, in one transaction. */
export interface DatabaseChanges {
  readonly database: string
  readonly changes: readonly Change[]
  /** The relations that something is taken away from, as they were when it was planned. */
  readonly taken?: readonly PlannedRelation[]
}

/** A relation by its name and as the very one that it was; by its name alone where it was not read on the server. */
export interface PlannedRelation {
  readonly schema: string
  readonly name: string
  readonly oid?: number
}

export interface DatabasePlan extends DatabaseChanges {
  /** What the login must reach afterwards: also what was granted before and so needs no change. */
  readonly chosen: readonly ChosenRelation[]
  /** Names of the schemas that were chosen, also where no relation of theirs was. */
  readonly schemas: readonly string[]
}

export interface ChosenRelation extends PlannedRelation {
  readonly kind: RelationKind
}

/** Something to know before saying yes: it is shown, and stands in the saved file and in the receipt. */
export interface PlanNote {
  readonly level: 'info' | 'warning'
  readonly database: string | null
  readonly text: string
}

/** Whether everything that was asked for is there already. */
export function isEmptyPlan(plan: Plan): boolean {
  return changeCount(plan) === 0
}

/** How many changes there are, those in AWS, of pg_hba.conf and of listen_addresses among them. */
export function changeCount(plan: Plan): number {
  return (
    (plan.aws?.flag.length ?? 0) +
    plan.roles.length +
    databaseChanges(plan).reduce((sum, { changes }) => sum + changes.length, 0) +
    (plan.aws?.changes.length ?? 0) +
    plan.opening.length +
    (plan.network?.change == null ? 0 : 1) +
    (plan.listen === undefined ? 0 : 1)
  )
}

/** Whether there is nothing to apply from here: what is to be done in AWS may be left to somebody else. */
export function changesNothingFromHere(plan: Plan): boolean {
  const { aws, ...others } = plan
  return aws?.identity == null ? isEmptyPlan(others) : isEmptyPlan(plan)
}

/** What changes in each database, in the order in which it does: those that are chosen, then those that are left. */
export function databaseChanges({
  databases,
  leaving = [],
}: Pick<Plan, 'databases' | 'leaving'>): readonly DatabaseChanges[] {
  return [...databases, ...leaving]
}
