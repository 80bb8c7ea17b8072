import { printableName } from '../model/identifier.ts'
import type { Beyond } from './outcome.ts'

/** Entries of one kind that are listed one by one; what is more is counted. */
export const listed = 100

/** What every query here gives: one object, what the login has on it and from whom. */
export interface BeyondRow {
  readonly name: string
  readonly within: string | null
  readonly privileges: readonly string[]
  readonly through: readonly string[]
  readonly total: number
}

/** One row as what a person is told; `on` says on what. */
export function entry(database: string | null, object: Beyond['object'], row: BeyondRow, on: string): Beyond {
  const through = row.through.map(role => (role === publicMark ? 'PUBLIC' : printableName(role)))
  return {
    database,
    object,
    name: qualified(row),
    privileges: row.privileges,
    through,
    text: `Has ${row.privileges.join(', ')} ${on}${through.length > 0 ? ` through ${through.join(', ')}` : ''}.`,
  }
}

/** How many more there are than are listed; nothing where all are. */
export function counted(
  database: string,
  object: Beyond['object'],
  rows: readonly BeyondRow[],
  what: string,
): readonly Beyond[] {
  const total = Number(rows[0]?.total ?? 0)
  if (total <= rows.length) return []
  const more = total - rows.length
  return [
    {
      database,
      object,
      name: `${more} more`,
      privileges: [],
      through: [],
      text: `Reaches ${more} more ${what}, ${total} in all.`,
    },
  ]
}

export function qualified(row: BeyondRow): string {
  return row.within === null
    ? printableName(row.name)
    : `${printableName(row.within)}.${printableName(row.name)}`
}

/** No role can have an empty name (manual, CREATE ROLE), so it stands for PUBLIC. */
const publicMark = ''

/** From whom the login has one of `privileges` on an object with this list: PUBLIC, itself, roles it is in. */
export const throughSql = (acl: string) => `ARRAY(
    SELECT DISTINCT CASE WHEN a.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text END COLLATE "C"
    FROM pg_catalog.aclexplode(${acl}) AS a
    WHERE a.privilege_type = ANY (has.privileges)
      AND CASE WHEN a.grantee = 0 THEN true ELSE pg_catalog.pg_has_role(r.oid, a.grantee, 'USAGE') END
    ORDER BY 1)`
