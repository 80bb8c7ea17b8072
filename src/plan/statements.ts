import type { Change } from '../model/change.ts'
import { printableName, qualifiedName, quoteIdentifier, quoteLiteral } from '../model/identifier.ts'
import type { Sliced } from '../model/sliced.ts'
import { actingAs } from './act-as.ts'

/** Relations named in one GRANT: few statements, each still short to parse and to read. */
export const relationsPerGrant = 500

/** What is known only when a change runs. */
export interface GivenWhenRun {
  /** The password's SCRAM-SHA-256 verifier; the password itself is never in a statement. */
  readonly verifier?: string
  /** The server's clock, from which the short VALID UNTIL counts. */
  readonly now?: Date
}

/**
 * The change in SQL, without closing semicolons: the one wording for screen, rehearsal, apply and saved file.
 * Names are quoted and objects schema-qualified, so it means the same under any search_path. Without a
 * verifier (or a clock) a readable placeholder stands in its place, which the server would refuse.
 */
export function statementsOf(change: Change, given: GivenWhenRun = {}): string[] {
  return actingAs(change.actAs, written.get(change) ?? ownStatements(change, given))
}

/** The statements of changes on very many relations, which were written in slices. */
const written = new WeakMap<Change, readonly string[]>()

/** Writes the statements of a change in slices, so that statementsOf has those of many relations at hand. */
export function* writeStatements(change: Change): Sliced<void> {
  if (change.kind !== 'grant-relations' && change.kind !== 'revoke-relations') return
  const statements: string[] = []
  for (const relations of chunks(change.relations, relationsPerGrant)) {
    statements.push(...ownStatements({ ...change, relations }, {}))
    yield
  }
  written.set(change, statements)
}

function ownStatements(change: Change, given: GivenWhenRun): string[] {
  switch (change.kind) {
    case 'create-role':
      return [createRole(change.role, change.connectionLimit)]
    case 'set-connection-limit':
      return [`ALTER ROLE ${quoteIdentifier(change.role)} CONNECTION LIMIT ${change.limit}`]
    case 'comment-role':
      return [commentOnRole(change.role, change.comment)]
    case 'grant-membership':
      return [`GRANT ${quoteIdentifier(change.group)} TO ${quoteIdentifier(change.member)}`]
    case 'set-role-parameter':
      return [setParameter(change.role, change.parameter, change.value)]
    case 'reset-role-parameter':
      return [resetParameter(change.role, change.parameter)]
    case 'grant-connect':
    case 'grant-usage':
    case 'grant-relations':
    case 'grant-default-privileges':
      return grantStatements(change)
    case 'revoke-connect':
    case 'revoke-usage':
    case 'revoke-relations':
    case 'revoke-default-privileges':
      return revokeStatements(change)
    case 'open-login':
      return [openLogin(change.role, change.minutes, given)]
    case 'open-iam-login':
      return [`ALTER ROLE ${quoteIdentifier(change.role)} LOGIN`]
    case 'create-unadministered-login':
      return createUnadministeredLogin(change)
    case 'set-valid-until':
      return [setValidUntil(change.role, change.validUntil)]
  }
}

/**
 * What takes the change back, to be run by the same administrator after everything that came later has been
 * taken back; empty where nothing can (a replaced password is gone).
 */
export function undoOf(change: Change): string[] {
  return actingAs(change.actAs, ownUndo(change))
}

function ownUndo(change: Change): string[] {
  switch (change.kind) {
    case 'create-role':
      return [`DROP ROLE ${quoteIdentifier(change.role)}`]
    case 'set-connection-limit':
      return [`ALTER ROLE ${quoteIdentifier(change.role)} CONNECTION LIMIT ${change.before}`]
    case 'comment-role':
      return [commentOnRole(change.role, change.before)]
    case 'grant-membership':
      return [`REVOKE ${quoteIdentifier(change.group)} FROM ${quoteIdentifier(change.member)}`]
    case 'set-role-parameter':
      return [
        change.before === null
          ? resetParameter(change.role, change.parameter)
          : setParameter(change.role, change.parameter, change.before),
      ]
    case 'reset-role-parameter':
      return [setParameter(change.role, change.parameter, change.before)]
    case 'grant-connect':
    case 'grant-usage':
    case 'grant-relations':
    case 'grant-default-privileges':
      return revokeStatements(change)
    case 'revoke-connect':
    case 'revoke-usage':
    case 'revoke-relations':
    case 'revoke-default-privileges':
      return grantStatements(change)
    case 'open-login':
      if (!change.existed) return [`ALTER ROLE ${quoteIdentifier(change.role)} NOLOGIN PASSWORD NULL`]
      return [
        ...(change.couldLogIn === false ? [`ALTER ROLE ${quoteIdentifier(change.role)} NOLOGIN`] : []),
        ...(change.before === undefined ? [] : [setValidUntil(change.role, change.before)]),
      ]
    case 'open-iam-login':
      return [`ALTER ROLE ${quoteIdentifier(change.role)} NOLOGIN`]
    // Who made it may not drop it; without rds_iam and without a password nobody comes in by it.
    case 'create-unadministered-login':
      return []
    case 'set-valid-until':
      return change.before === undefined ? [] : [setValidUntil(change.role, change.before)]
  }
}

/** What of the change is left after {@link undoOf}, and a superuser can take away; empty for nearly all. */
export function undoBySuperuser(change: Change): string[] {
  return change.kind === 'create-unadministered-login' ? [`DROP ROLE ${quoteIdentifier(change.role)}`] : []
}

/**
 * One boolean SQL expression that is true once the change holds: for `SELECT …` and for an asserting DO
 * block. Privileges are looked up in the object's own list (aclexplode) by grantee: has_table_privilege would
 * be content with what PUBLIC or another role gives. False, never null, where role or object is missing.
 */
export function checkOf(change: Change): string {
  switch (change.kind) {
    // Not whether it can log in: that is opened later, and the check has to hold after that too.
    case 'create-role':
      return roleHolds(change.role, `${isPlainRole} AND r.rolconnlimit = ${change.connectionLimit ?? -1}`)
    case 'set-connection-limit':
      return roleHolds(change.role, `r.rolconnlimit = ${change.limit}`)
    case 'comment-role':
      return roleHolds(
        change.role,
        // A run adds its marker behind the text (model/marker.ts).
        `(pg_catalog.shobj_description(r.oid, 'pg_authid') = ${quoteLiteral(change.comment)} OR pg_catalog.starts_with(pg_catalog.shobj_description(r.oid, 'pg_authid'), ${quoteLiteral(`${change.comment} (plan `)}))`,
      )
    // USAGE as well as the row: a member with NOINHERIT would hold the group's privileges asleep.
    case 'grant-membership':
      return roleHolds(
        change.member,
        `EXISTS (SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid AND g.rolname = ${quoteLiteral(change.group)} AND pg_catalog.pg_has_role(r.oid, g.oid, 'USAGE'))`,
      )
    case 'set-role-parameter':
      return roleHolds(change.role, hasSetting(change.parameter, change.value))
    case 'reset-role-parameter':
      return roleHolds(
        change.role,
        `NOT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) AS one (setting) WHERE s.setdatabase = 0 AND s.setrole = r.oid AND pg_catalog.starts_with(one.setting, ${quoteLiteral(`${change.parameter}=`)}))`,
      )
    case 'grant-connect':
      return `EXISTS (SELECT FROM pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a WHERE d.datname = ${quoteLiteral(change.database)} AND a.privilege_type = 'CONNECT' AND a.grantee = ${roleOid(change.grantee)})`
    case 'grant-usage':
      return `EXISTS (SELECT FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a WHERE n.nspname = ${quoteLiteral(change.schema)} AND a.privilege_type = 'USAGE' AND a.grantee = ${roleOid(change.grantee)})`
    case 'grant-relations':
      return `(SELECT pg_catalog.count(*) = ${new Set(change.relations).size} FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ${quoteLiteral(change.schema)} AND c.relname = ANY (${textArray(change.relations)}) AND ${givesAll(change)})`
    case 'grant-default-privileges': {
      const wanted = new Set(change.privileges).size
      return `(SELECT pg_catalog.count(DISTINCT a.privilege_type) = ${wanted} FROM pg_catalog.pg_default_acl d JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace, pg_catalog.aclexplode(d.defaclacl) a WHERE d.defaclobjtype = 'r' AND d.defaclrole = ${roleOid(change.owner)} AND n.nspname = ${quoteLiteral(change.schema)} AND a.privilege_type = ANY (${textArray(change.privileges)}) AND a.grantee = ${roleOid(change.grantee)})`
    }
    // Gone is what this grantor gave; the same privilege from another stays and is none of ours.
    case 'revoke-connect':
      return `NOT EXISTS (SELECT FROM pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a WHERE d.datname = ${quoteLiteral(change.database)} AND a.privilege_type = 'CONNECT' AND ${givenBy(change)})`
    case 'revoke-usage':
      return `NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a WHERE n.nspname = ${quoteLiteral(change.schema)} AND a.privilege_type = 'USAGE' AND ${givenBy(change)})`
    case 'revoke-relations':
      return `NOT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, pg_catalog.aclexplode(c.relacl) a WHERE n.nspname = ${quoteLiteral(change.schema)} AND c.relname = ANY (${textArray(change.relations)}) AND a.privilege_type = ANY (${textArray(change.privileges)}) AND ${givenBy(change)})`
    case 'revoke-default-privileges':
      return `NOT EXISTS (SELECT FROM pg_catalog.pg_default_acl d JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace, pg_catalog.aclexplode(d.defaclacl) a WHERE d.defaclobjtype = 'r' AND d.defaclrole = ${roleOid(change.owner)} AND n.nspname = ${quoteLiteral(change.schema)} AND a.privilege_type = ANY (${textArray(change.privileges)}) AND a.grantee = ${roleOid(change.grantee)})`
    case 'open-login':
      return roleHolds(
        change.role,
        `r.rolcanlogin AND r.rolvaliduntil <= pg_catalog.clock_timestamp() + pg_catalog.make_interval(mins => ${change.minutes})`,
      )
    case 'open-iam-login':
      return roleHolds(change.role, 'r.rolcanlogin')
    case 'create-unadministered-login':
      return roleHolds(
        change.role,
        [
          `r.rolcanlogin AND ${isPlainRole} AND r.rolconnlimit = ${change.connectionLimit ?? -1}`,
          ...change.parameters.map(({ parameter, value }) => hasSetting(parameter, value)),
          `NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.roleid = r.oid)`,
          `NOT EXISTS (SELECT FROM pg_catalog.pg_roles h WHERE h.rolname = ${quoteLiteral(roleMaker)})`,
        ].join(' AND '),
      )
    case 'set-valid-until':
      return roleHolds(
        change.role,
        change.validUntil === null
          ? `(r.rolvaliduntil IS NULL OR r.rolvaliduntil = 'infinity')`
          : `r.rolvaliduntil = ${quoteLiteral(change.validUntil)}`,
      )
  }
}

/**
 * True where REVOKE of the relations would take nothing besides: it takes the same privileges from their single
 * columns too, whoever granted them there (manual, REVOKE). The engine puts that back; a script looks first.
 */
export function spareColumnsOf({
  schema,
  relations,
  privileges,
  grantee,
}: Extract<Change, { readonly kind: 'grant-relations' | 'revoke-relations' }>): string {
  return `NOT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_attribute t ON t.attrelid = c.oid AND t.attacl IS NOT NULL AND NOT t.attisdropped, pg_catalog.aclexplode(t.attacl) a WHERE n.nspname = ${quoteLiteral(schema)} AND c.relname = ANY (${textArray(relations)}) AND a.privilege_type = ANY (${textArray(privileges)}) AND a.grantee = ${roleOid(grantee)})`
}

/** A short line for lists, such as `GRANT SELECT on 11 tables of public`. Safe on a terminal whatever the names. */
export function titleOf(change: Change): string {
  const title = ownTitle(change)
  return change.actAs === undefined ? title : `${title}, as ${printableName(change.actAs.role)}`
}

function ownTitle(change: Change): string {
  switch (change.kind) {
    case 'create-role':
      return `CREATE ROLE ${printableName(change.role)}, not yet able to log in`
    case 'set-connection-limit':
      return `CONNECTION LIMIT ${change.limit} for ${printableName(change.role)}`
    case 'comment-role':
      return `COMMENT ON ROLE ${printableName(change.role)}`
    case 'grant-membership':
      return `GRANT ${printableName(change.group)} TO ${printableName(change.member)}`
    case 'set-role-parameter':
      return `SET ${change.parameter} = ${change.value} for ${printableName(change.role)}`
    case 'grant-connect':
      return `GRANT CONNECT on database ${printableName(change.database)}`
    case 'grant-usage':
      return `GRANT USAGE on schema ${printableName(change.schema)}`
    case 'grant-relations':
      return `GRANT ${change.privileges.join(', ')} on ${relationsTitle(change)}`
    case 'grant-default-privileges':
      return `GRANT ${change.privileges.join(', ')} on later tables of ${printableName(change.owner)} in ${printableName(change.schema)}`
    case 'reset-role-parameter':
      return `RESET ${change.parameter} for ${printableName(change.role)}`
    case 'revoke-connect':
      return `REVOKE CONNECT on database ${printableName(change.database)}`
    case 'revoke-usage':
      return `REVOKE USAGE on schema ${printableName(change.schema)}`
    case 'revoke-relations':
      return `REVOKE ${change.privileges.join(', ')} on ${relationsTitle(change)}`
    case 'revoke-default-privileges':
      return `REVOKE ${change.privileges.join(', ')} on later tables of ${printableName(change.owner)} in ${printableName(change.schema)}`
    case 'open-login':
      return `${change.existed ? 'New password' : 'LOGIN'} for ${printableName(change.role)}, good for ${change.minutes} minutes${change.plain === true ? ', its password sent as it is' : ''}`
    case 'open-iam-login':
      return `LOGIN for ${printableName(change.role)}, by tokens of AWS IAM alone`
    case 'create-unadministered-login':
      return `CREATE ROLE ${printableName(change.role)}, able to log in, through a helper role that goes at once`
    case 'set-valid-until':
      return change.validUntil === null
        ? `No end (VALID UNTIL infinity) for ${printableName(change.role)}`
        : `VALID UNTIL ${change.validUntil} for ${printableName(change.role)}`
  }
}

function relationsTitle({
  schema,
  relations,
}: {
  readonly schema: string
  readonly relations: readonly string[]
}): string {
  const [first = ''] = relations
  return relations.length === 1
    ? `${printableName(schema)}.${printableName(first)}`
    : `${relations.length} tables of ${printableName(schema)}`
}

/** What a grant gives, and so what taking it away takes: the two are the undo of each other. */
type Granting = Extract<Change, { readonly kind: GrantKind | RevokeKind }>
type GrantKind = 'grant-connect' | 'grant-usage' | 'grant-relations' | 'grant-default-privileges'
type RevokeKind = 'revoke-connect' | 'revoke-usage' | 'revoke-relations' | 'revoke-default-privileges'

function grantStatements(change: Granting): string[] {
  return privilegeStatements(change, 'GRANT', 'TO')
}

function revokeStatements(change: Granting): string[] {
  return privilegeStatements(change, 'REVOKE', 'FROM')
}

function privilegeStatements(change: Granting, verb: 'GRANT' | 'REVOKE', to: 'TO' | 'FROM'): string[] {
  const end = `${to} ${quoteIdentifier(change.grantee)}`
  switch (change.kind) {
    case 'grant-connect':
    case 'revoke-connect':
      return [`${verb} CONNECT ON DATABASE ${quoteIdentifier(change.database)} ${end}`]
    case 'grant-usage':
    case 'revoke-usage':
      return [`${verb} USAGE ON SCHEMA ${quoteIdentifier(change.schema)} ${end}`]
    case 'grant-relations':
    case 'revoke-relations':
      return chunks(change.relations, relationsPerGrant).map(
        relations =>
          `${verb} ${change.privileges.join(', ')} ON TABLE${relationList(change.schema, relations)}${end}`,
      )
    case 'grant-default-privileges':
    case 'revoke-default-privileges':
      return [
        `${alterDefaults(change.owner, change.schema)} ${verb} ${change.privileges.join(', ')} ON TABLES ${end}`,
      ]
  }
}

/** Stands where the verifier will be, in what is shown. */
export const verifierPlaceholder = '<SCRAM-SHA-256 verifier of the new password>'

// Everything said, also what is the default: a default may be changed by a template or a later version, and
// the reader need not know it. A CREATEROLE admin that is no superuser may say all of it on 14, 16 and 18
// when creating (not when altering: ALTER ROLE … NOSUPERUSER is refused).
function createRole(role: string, connectionLimit: number | null): string {
  return `CREATE ROLE ${quoteIdentifier(role)} NOLOGIN ${plainRole(connectionLimit)}`
}

function plainRole(connectionLimit: number | null): string {
  return `NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT CONNECTION LIMIT ${connectionLimit ?? -1}`
}

function commentOnRole(role: string, comment: string | null): string {
  return `COMMENT ON ROLE ${quoteIdentifier(role)} IS ${comment === null ? 'NULL' : quoteLiteral(comment)}`
}

/** Stands for the administrator while a login is made, and is gone before anybody sees it. */
const roleMaker = 'usher_role_maker'

/**
 * From 16 on who makes a role is its member WITH ADMIN OPTION, and cannot give that up (manual, 21.2); whoever pg_hba.conf
 * matches by `+rds_iam` it matches too, once the role is a member of rds_iam, and its password is not asked for any
 * more. Made by a role that is dropped in the same transaction the login has no such member.
 */
function createUnadministeredLogin(
  change: Extract<Change, { readonly kind: 'create-unadministered-login' }>,
): string[] {
  const maker = quoteIdentifier(roleMaker)
  return [
    `CREATE ROLE ${maker} NOLOGIN CREATEROLE`,
    `GRANT ${maker} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE`,
    `SET LOCAL ROLE ${maker}`,
    `CREATE ROLE ${quoteIdentifier(change.role)} LOGIN ${plainRole(change.connectionLimit)}`,
    commentOnRole(change.role, change.comment),
    ...change.parameters.map(({ parameter, value }) => setParameter(change.role, parameter, value)),
    'RESET ROLE',
    `DROP ROLE ${maker}`,
  ]
}

function setParameter(role: string, parameter: string, value: string): string {
  return `ALTER ROLE ${quoteIdentifier(role)} SET ${parameter} TO ${quoteLiteral(value)}`
}

function resetParameter(role: string, parameter: string): string {
  return `ALTER ROLE ${quoteIdentifier(role)} RESET ${parameter}`
}

function alterDefaults(owner: string, schema: string): string {
  return `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdentifier(owner)} IN SCHEMA ${quoteIdentifier(schema)}`
}

function openLogin(role: string, minutes: number, given: GivenWhenRun): string {
  const end =
    given.now === undefined
      ? `<${minutes} minutes after it runs>`
      : new Date(given.now.getTime() + minutes * 60_000).toISOString()
  const verifier = given.verifier ?? verifierPlaceholder
  return `ALTER ROLE ${quoteIdentifier(role)} LOGIN PASSWORD ${quoteLiteral(verifier)} VALID UNTIL ${quoteLiteral(end)}`
}

function setValidUntil(role: string, validUntil: string | null): string {
  return `ALTER ROLE ${quoteIdentifier(role)} VALID UNTIL ${quoteLiteral(validUntil ?? 'infinity')}`
}

const isPlainRole =
  'NOT (r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls) AND r.rolinherit'

function hasSetting(parameter: string, value: string): string {
  return `EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = 0 AND s.setrole = r.oid AND ${quoteLiteral(`${parameter}=${value}`)} = ANY (s.setconfig))`
}

function roleHolds(role: string, condition: string): string {
  return `EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = ${quoteLiteral(role)} AND ${condition})`
}

function roleOid(role: string): string {
  return `(SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = ${quoteLiteral(role)})`
}

/**
 * One boolean SQL expression: whether the row c of pg_class gives the grantee all of it. Most grants are the owner's, and whether one of those is in a list is asked
 * far more cheaply than the list is taken apart.
 */
export function givesAll({
  privileges,
  grantee,
}: Pick<Extract<Change, { readonly kind: 'grant-relations' }>, 'privileges' | 'grantee'>): string {
  const wanted = [...new Set(privileges)]
  const byOwner = wanted.map(
    privilege =>
      `pg_catalog.aclcontains(c.relacl, pg_catalog.makeaclitem(${roleOid(grantee)}, c.relowner, '${privilege}', false))`,
  )
  return `CASE WHEN ${byOwner.join(' AND ')} THEN true ELSE (SELECT pg_catalog.count(DISTINCT a.privilege_type) = ${wanted.length} FROM pg_catalog.aclexplode(c.relacl) a WHERE a.privilege_type = ANY (${textArray(wanted)}) AND a.grantee = ${roleOid(grantee)}) END`
}

function givenBy({ grantee, grantor }: { readonly grantee: string; readonly grantor: string }): string {
  return `a.grantee = ${roleOid(grantee)} AND a.grantor = ${roleOid(grantor)}`
}

function textArray(texts: readonly string[]): string {
  return `ARRAY[${texts.map(quoteLiteral).join(', ')}]::pg_catalog.text[]`
}

// One line for a few, else one relation a line: a statement with 500 names is still read by people.
function relationList(schema: string, relations: readonly string[]): string {
  const names = relations.map(name => qualifiedName(schema, name))
  const line = names.join(', ')
  return line.length <= 80 ? ` ${line} ` : `\n  ${names.join(',\n  ')}\n`
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  const parts: T[][] = []
  for (let at = 0; at < list.length; at += size) parts.push(list.slice(at, at + size))
  return parts
}
