import { ProblemError } from '../model/problem.ts'
import type { Session } from '../postgres/session.ts'

/** What is asked of our roles beyond what ExistingRole has. */
export interface RoleFacts {
  /** The server's clock, ISO 8601. */
  readonly now: string
  /** The lower oid of our roles: what has a higher one was made later (one counter gives all of them). */
  readonly oldest: number
  /** Whether what the group holds is the login's without SET ROLE; null without both. */
  readonly inherits: boolean | null
  readonly memberships: readonly {
    readonly member: string
    readonly role: string
    readonly admin: boolean
    readonly grantor: string
  }[]
  /** ALTER ROLE SET, of all our roles. */
  readonly settings: readonly {
    readonly role: string
    /** null: in all databases. */
    readonly database: string | null
    readonly parameter: string
    readonly value: string
  }[]
}

/** Reads it in one round trip; everybody may. @throws ProblemError */
export async function readRoleFacts(
  session: Session,
  login: string,
  group: string | null,
): Promise<RoleFacts> {
  const [row] = await session.query<RoleFacts>(roleFactsSql, [login, group])
  if (row === undefined) throw new ProblemError({ code: 'not-read', message: 'The roles could not be read.' })
  return row
}

const roleFactsSql = `
WITH me AS (
  SELECT r.oid, r.rolname FROM pg_catalog.pg_roles AS r WHERE r.rolname IN ($1, $2)
)
SELECT
  pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS now,
  coalesce((SELECT me.oid::pg_catalog.int8 FROM me ORDER BY me.oid LIMIT 1), 0)::pg_catalog.float8 AS oldest,
  (SELECT pg_catalog.pg_has_role(l.oid, g.oid, 'USAGE') FROM me AS l, me AS g
    WHERE l.rolname = $1 AND g.rolname = $2) AS inherits,
  coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'member', me.rolname, 'role', g.rolname, 'admin', m.admin_option,
      'grantor', pg_catalog.pg_get_userbyid(m.grantor)) ORDER BY me.rolname, g.rolname, m.grantor)
    FROM pg_catalog.pg_auth_members AS m
    JOIN me ON me.oid = m.member
    JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid), '[]') AS memberships,
  coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'role', me.rolname, 'database', d.datname,
      'parameter', pg_catalog.split_part(setting, '=', 1),
      'value', pg_catalog.substr(setting, pg_catalog.strpos(setting, '=') + 1))
      ORDER BY me.rolname, d.datname NULLS FIRST, setting)
    FROM pg_catalog.pg_db_role_setting AS s
    JOIN me ON me.oid = s.setrole
    LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase,
      pg_catalog.unnest(s.setconfig) AS setting), '[]') AS settings`
