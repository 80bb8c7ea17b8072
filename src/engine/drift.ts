import type { Change, ChangeKind } from '../model/change.ts'
import { printableName } from '../model/identifier.ts'
import { someNames } from '../plan/plan-input.ts'
import { statementsOf } from '../plan/statements.ts'

/** One thing that is not, or not quite, as it was chosen. */
export interface Drift {
  readonly code: DriftCode
  /** `drift`: the login reaches more or less than was chosen. The others leave the choice as it is. */
  readonly level: 'drift' | 'warning' | 'info'
  /** null: in the whole server. */
  readonly database: string | null
  readonly text: string
  /**
   * SQL that mends it, in order, without closing semicolons: for an administrator who may, in that database.
   * Empty where no statement can (the text then says what to do).
   */
  readonly mend: readonly string[]
}

export type DriftCode =
  | 'login-gone'
  | 'group-gone'
  | 'login-disabled'
  | 'login-refused'
  | 'limit-changed'
  | 'valid-until-changed'
  | 'expired'
  | 'expires-soon'
  | 'attribute-added'
  | 'setting-changed'
  | 'setting-added'
  | 'membership-gone'
  | 'membership-asleep'
  | 'membership-added'
  | 'membership-admin'
  | 'database-gone'
  | 'schema-gone'
  | 'relation-gone'
  | 'chosen-refused'
  | 'other-readable'
  | 'write-allowed'
  | 'create-allowed'
  | 'grant-missing'
  | 'grant-added'
  | 'grant-option-added'
  | 'grant-elsewhere'
  | 'default-privileges-gone'
  | 'default-privileges-added'
  | 'owner-changed'
  | 'owns'
  | 'creator-gone'
  | 'tables-since'
  | 'aws-changed'

/** The answers' difference to what is there, as a plan has it: what is missing is drift, and its grant mends it. */
export function driftOfChanges(
  changes: readonly Change[],
  database: string | null,
  versionNumber: number,
): readonly Drift[] {
  return changes.flatMap((change): Drift[] => {
    const code = codes[change.kind]
    const text = missing(change)
    if (code === undefined || text === null) return []
    return [{ code, level: 'drift', database, text, mend: mendOf(change, versionNumber) }]
  })
}

const codes: Partial<Record<ChangeKind, DriftCode>> = {
  'create-role': 'group-gone',
  'set-connection-limit': 'limit-changed',
  'set-role-parameter': 'setting-changed',
  'grant-membership': 'membership-gone',
  'grant-connect': 'grant-missing',
  'grant-usage': 'grant-missing',
  'grant-relations': 'grant-missing',
  'grant-default-privileges': 'default-privileges-gone',
}

function missing(change: Change): string | null {
  switch (change.kind) {
    case 'create-role':
      return `The role ${printableName(change.role)} is gone, and with it all that it held.`
    case 'set-connection-limit':
      return `CONNECTION LIMIT of ${printableName(change.role)} is ${limitText(change.before)}, not ${limitText(change.limit)}.`
    case 'set-role-parameter':
      return `${change.parameter} of ${printableName(change.role)} is ${change.before ?? 'not set'}, not ${change.value}.`
    case 'grant-membership':
      return `${printableName(change.member)} is no member of ${printableName(change.group)} and has nothing of what that holds.`
    case 'grant-connect':
      return `${printableName(change.grantee)} has no CONNECT of its own here.`
    case 'grant-usage':
      return `${printableName(change.grantee)} has no USAGE of its own on the schema ${printableName(change.schema)}.`
    case 'grant-relations':
      return `${printableName(change.grantee)} has no ${change.privileges.join(', ')} on what was chosen in ${printableName(change.schema)}: ${someNames(change.relations)}.`
    case 'grant-default-privileges':
      return `Later tables of ${printableName(change.owner)} in ${printableName(change.schema)} are not granted to ${printableName(change.grantee)} (default privileges).`
    default:
      return null
  }
}

function mendOf(change: Change, versionNumber: number): readonly string[] {
  const statements = statementsOf(change)
  // What is done as another role is so for a transaction only.
  if (change.actAs !== undefined) return ['BEGIN', ...statements, 'COMMIT']
  // Since 16 a membership may be there and give nothing; GRANT alone leaves it so.
  if (change.kind !== 'grant-membership' || versionNumber < 160_000) return statements
  return statements.map(statement => `${statement} WITH INHERIT TRUE`)
}

function limitText(limit: number): string {
  return limit === -1 ? 'none' : String(limit)
}
