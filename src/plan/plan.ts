import type { AccessTier } from '../model/answers.ts'
import type { RelationKind } from '../model/catalogue.ts'
import type { Change } from '../model/change.ts'

/** Everything that will happen, in order, before anything does. */
export interface Plan {
  readonly tool: { readonly id: string; readonly name: string }
  readonly server: {
    readonly host: string
    readonly port: number
    readonly database: string
    readonly user: string
  }
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
  /** Last: the login opened for a few minutes, and after the proof its chosen end. */
  readonly opening: readonly Change[]
  readonly notes: readonly PlanNote[]
}

export interface DatabasePlan {
  readonly database: string
  readonly changes: readonly Change[]
  /** What the login must reach afterwards: also what was granted before and so needs no change. */
  readonly chosen: readonly ChosenRelation[]
  /** Names of the schemas that were chosen, also where no relation of theirs was. */
  readonly schemas: readonly string[]
}

export interface ChosenRelation {
  readonly schema: string
  readonly name: string
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
  return (
    plan.roles.length +
      plan.opening.length +
      plan.databases.reduce((sum, each) => sum + each.changes.length, 0) ===
    0
  )
}
