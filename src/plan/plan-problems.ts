import { type DatabaseAnswer, granteeOf, type SchemaAnswer } from '../model/answers.ts'
import type { CatalogueDatabase, CatalogueSchema } from '../model/catalogue.ts'
import type { Change } from '../model/change.ts'
import { counted } from '../model/counted.ts'
import { printable, printableName, roleNameProblem } from '../model/identifier.ts'
import type { Problem } from '../model/problem.ts'
import { accessAt, type RelationColumns, rowNamed, rowsNamedSliced } from '../model/relation-columns.ts'
import type { ExistingRole } from '../model/server-facts.ts'
import { serverProblems } from '../model/server-problems.ts'
import { eachOf, type Sliced } from '../model/sliced.ts'
import { stringAt } from '../model/string-table.ts'
import {
  connectOnlyThroughPublic,
  hasConnect,
  hasUsage,
  lackIn,
  usageOnlyThroughPublic,
} from './database-changes.ts'
import { addressProblems } from './firewall/plan.ts'
import { iamProblems, keyPlaceProblems, usesIam } from './iam-login.ts'
import { isOurs } from './kept-login.ts'
import { listenProblems } from './listen-plan.ts'
import { networkProblems } from './network-plan.ts'
import { chosenTier, type PlanInput, someNames } from './plan-input.ts'
import { roleChanges } from './role-changes.ts'
import { statementsOf } from './statements.ts'

/** Everything that keeps the answers from becoming a plan on this server, each with its path; empty where nothing does. */
export function* planProblems(input: PlanInput): Sliced<Problem[]> {
  const problems: Problem[] = [
    ...serverProblems(input.server),
    ...toolProblems(input),
    ...roleProblems(input),
    ...iamProblems(input),
    ...keyPlaceProblems(input),
    ...addressProblems(input),
    ...networkProblems(input),
    ...listenProblems(input),
    ...(input.answers.databases.length === 0
      ? [{ code: 'no-database', message: 'No database is chosen.', next: 'Choose one.', path: 'databases' }]
      : []),
  ]
  for (const [index, answer] of input.answers.databases.entries())
    problems.push(...(yield* databaseProblems(input, answer, `databases[${index}]`)))
  return problems
}

function toolProblems(input: PlanInput): Problem[] {
  const { answers, connector } = input
  const problems: Problem[] = []
  const { method } = answers.authentication
  if (!connector.authentication.includes(method)) {
    problems.push({
      code: 'authentication-not-offered',
      message: `${connector.name} cannot log in by ${method}.`,
      next: `It can by: ${connector.authentication.join(', ')}.`,
      path: 'authentication.method',
    })
  }
  if (chosenTier(input) === undefined) {
    problems.push({
      code: 'tier-not-offered',
      message: `${connector.name} has no use for the access "${answers.access}".`,
      next: `Choose ${connector.tiers.map(tier => `"${tier.tier}"`).join(' or ')}.`,
      path: 'access',
    })
  }
  if (answers.network.from === 'vendor' && connector.addresses.kind !== 'published') {
    problems.push({
      code: 'no-published-addresses',
      message: `${connector.name} publishes no list of its addresses.`,
      next: 'Say "typed" with the addresses that its support gave you, or "not-known-yet".',
      path: 'network.from',
    })
  }
  return problems
}

function roleProblems(input: PlanInput): Problem[] {
  const { answers, roles, server } = input
  const problems: Problem[] = []
  const { login } = answers.roles
  const wanted: { path: string; name: string; existing: ExistingRole | null }[] = [
    { path: 'roles.login', name: login, existing: roles.login },
  ]
  if (answers.roles.layout === 'group-and-login') {
    wanted.unshift({ path: 'roles.group', name: answers.roles.group, existing: roles.group })
    if (answers.roles.group === login) {
      problems.push({
        code: 'same-name',
        message: `The group and the login are both called ${printableName(login)}.`,
        next: 'Give them different names, or choose the layout with one login.',
        path: 'roles.group',
      })
    }
  }
  for (const { path, name, existing } of wanted) {
    const fault = roleNameProblem(name)
    if (fault !== null) problems.push({ ...fault, path })
    if (existing !== null) problems.push(...existingRoleProblems(existing, path))
  }
  if (roles.login !== null) problems.push(...existingLoginProblems(input, roles.login))
  const isTied = (roles.group?.tiedTo ?? roles.group?.memberOf)?.includes(login) === true
  if (roles.group !== null && isTied) {
    const gives = roles.group.memberOf.includes(login)
    problems.push({
      code: 'membership-circle',
      message: `${printableName(roles.group.name)} is a member of ${printableName(login)}${gives ? '' : ' (one that gives it nothing: INHERIT FALSE, SET FALSE)'}; it cannot be the other way round too.`,
      next: 'Choose another group or another login.',
      path: 'roles.group',
    })
  }
  const missing = wanted.filter(each => each.existing === null).map(each => each.name)
  problems.push(...membershipProblems(input))
  if (missing.length > 0 && !server.admin.superuser && !server.admin.createRole) {
    problems.push({
      code: 'may-not-create-roles',
      message: `${printableName(server.admin.name)} may not create roles (it has no CREATEROLE), and ${someNames(missing)} would have to be created.`,
      next: `Somebody with CREATEROLE has to run this first: ${roleStatements(input)} Then plan again.`,
      path: 'server.user',
    })
  }
  return problems
}

/** What an administrator who may has to run, in one line for a terminal. */
function roleStatements(input: PlanInput): string {
  return oneLine(roleChanges(input))
}

function membershipStatement(input: PlanInput): string {
  return oneLine(roleChanges(input).filter(change => change.kind === 'grant-membership'))
}

function oneLine(changes: readonly Change[]): string {
  const statements = changes.flatMap(change => statementsOf(change))
  return printable(statements.map(statement => `${statement};`).join(' '))
}

/** What keeps the login from getting what the group holds. */
function membershipProblems(input: PlanInput): Problem[] {
  const { answers, roles } = input
  const { login, group } = roles
  if (answers.roles.layout !== 'group-and-login') return []
  const names = {
    login: printableName(answers.roles.login),
    group: printableName(answers.roles.group),
  }
  const isMember = login?.memberOf.includes(answers.roles.group) === true
  const problems: Problem[] = []
  if (!isMember && group?.givable === false) {
    problems.push({
      code: 'membership-not-grantable',
      message: `${admin(input)} may not make ${names.login} a member of ${names.group}.`,
      next: `Somebody who may has to run this first: ${membershipStatement(input)} Or choose another group, or connect as a superuser${since16(input) ? ' or as an administrator with ADMIN OPTION on it' : ''}.`,
      path: 'roles.group',
    })
  }
  const inherits = isMember ? login.inheritsFrom.includes(answers.roles.group) : login?.inherits !== false
  if (!isMember && login?.idleIn?.includes(answers.roles.group)) {
    problems.push({
      code: 'membership-idle',
      message: `${names.login} is a member of ${names.group} already, by a membership that gives it nothing (INHERIT FALSE, SET FALSE).`,
      next: 'Take it back (REVOKE) or open it (GRANT … WITH INHERIT TRUE) first, or choose another group or another login.',
      path: 'roles.group',
    })
  } else if (!inherits) {
    problems.push({
      code: 'login-without-inherit',
      message: isMember
        ? `${names.login} is a member of ${names.group}, but inherits nothing from it: it would have to SET ROLE first.`
        : `${names.login} was made with NOINHERIT: as a member of ${names.group} it would have to SET ROLE first.`,
      next: 'Choose another login, or the layout with one login.',
      path: 'roles.login',
    })
  }
  return problems
}

function since16({ server }: PlanInput): boolean {
  return server.versionNumber >= 160_000
}

function existingLoginProblems(input: PlanInput, login: ExistingRole): Problem[] {
  if (usesIam(input)) return []
  const name = printableName(login.name)
  const { replacePassword } = input.answers
  if (login.alterable) {
    if (replacePassword || isOurs(login)) return []
    return [
      {
        code: 'login-exists',
        message: `The role ${name} exists and was not made by pg-usher; whatever logs in as it now would break: it gets a new password.`,
        next: 'Choose another name, or say that its password may be replaced ("replacePassword": true).',
        path: 'roles.login',
      },
    ]
  }
  if (!replacePassword) return []
  return [
    {
      code: 'role-not-alterable',
      message: `${admin(input)} may not change the role ${name}, and it would get a new password.`,
      next: `Say that it keeps the one it has ("replacePassword": false), choose another name, or connect as a superuser${since16(input) ? ' or as an administrator with ADMIN OPTION on it' : ''}.`,
      path: 'roles.login',
    },
  ]
}

function existingRoleProblems(role: ExistingRole, path: string): Problem[] {
  const problems: Problem[] = []
  const name = printableName(role.name)
  if (role.elevated.length > 0) {
    problems.push({
      code: 'role-elevated',
      message: `The role ${name} has ${role.elevated.join(', ')}: too much for a tool that only reads.`,
      next: 'Choose another name. pg-usher never hands such a role to a tool.',
      path,
    })
  }
  if (role.owns > 0) {
    problems.push({
      code: 'role-owns-objects',
      message: `The role ${name} owns ${counted(role.owns, 'object')}, and an owner may do everything with them.`,
      next: 'Choose another name. pg-usher never hands such a role to a tool.',
      path,
    })
  }
  return problems
}

function* databaseProblems(input: PlanInput, answer: DatabaseAnswer, path: string): Sliced<Problem[]> {
  const database = input.catalogue.databases.find(each => each.name === answer.name)
  if (database === undefined) {
    return [
      {
        code: 'database-gone',
        message: `There is no database ${printableName(answer.name)} on this server that takes connections.`,
        next: 'Choose one that is there.',
        path: `${path}.name`,
      },
    ]
  }
  if (database.unreadable !== null) {
    return [
      {
        code: 'database-unreadable',
        message: `The database ${printableName(database.name)} could not be read: ${database.unreadable}`,
        next: 'Connect as an administrator who may, or leave it out.',
        path: `${path}.name`,
      },
    ]
  }
  if (answer.schemas.length === 0) {
    return [
      {
        code: 'no-schema',
        message: `No schema of ${printableName(database.name)} is chosen.`,
        next: 'Choose one, or leave the database out.',
        path: `${path}.schemas`,
      },
    ]
  }
  const problems = connectProblems(input, database, path)
  const known = new Map(database.schemas.map(each => [each.name, each]))
  for (const [index, schema] of answer.schemas.entries())
    problems.push(
      ...(yield* schemaProblems(
        input,
        { database, schema: known.get(schema.name) },
        schema,
        `${path}.schemas[${index}]`,
      )),
    )
  return problems
}

function connectProblems(input: PlanInput, database: CatalogueDatabase, path: string): Problem[] {
  if (database.grantable || hasConnect(input, database) || connectOnlyThroughPublic(input, database))
    return []
  return [
    {
      code: 'connect-not-grantable',
      message: `${admin(input)} may not grant CONNECT on ${printableName(database.name)}, which belongs to ${printableName(database.owner)}.`,
      next: `Connect as ${printableName(database.owner)} or a superuser.`,
      path: `${path}.name`,
    },
  ]
}

function* schemaProblems(
  input: PlanInput,
  {
    database,
    schema,
  }: { readonly database: CatalogueDatabase; readonly schema: CatalogueSchema | undefined },
  answer: SchemaAnswer,
  path: string,
): Sliced<Problem[]> {
  if (schema === undefined) {
    return [
      {
        code: 'schema-gone',
        message: `There is no schema ${printableName(answer.name)} in ${printableName(database.name)}.`,
        next: 'Choose one that is there.',
        path: `${path}.name`,
      },
    ]
  }
  const problems: Problem[] = []
  if (!schema.grantable && !hasUsage(input, schema) && !usageOnlyThroughPublic(input, schema)) {
    problems.push({
      code: 'usage-not-grantable',
      message: `${admin(input)} may not grant USAGE on the schema ${printableName(schema.name)}, which belongs to ${printableName(schema.owner)}.`,
      next: `Connect as ${printableName(schema.owner)} or a superuser.`,
      path: `${path}.name`,
    })
  }
  // USAGE alone grants on nothing in the schema, so what is chosen there does not matter.
  if (input.answers.access === 'usage') return problems
  return [
    ...problems,
    ...(yield* relationProblems(input, { database, schema }, answer, path)),
    ...laterTableProblems(input, schema, answer, path),
  ]
}

function* relationProblems(
  input: PlanInput,
  { database, schema }: { readonly database: CatalogueDatabase; readonly schema: CatalogueSchema },
  answer: SchemaAnswer,
  path: string,
): Sliced<Problem[]> {
  if (schema.relations === null) {
    return [
      {
        code: 'relations-not-read',
        message: `What is in the schema ${printableName(schema.name)} was not read.`,
        next: 'Read it again.',
        path,
      },
    ]
  }
  if (answer.relations.length === 0 && answer.rule === undefined) {
    // One that has no table at all may be entered all the same: USAGE alone.
    if (answer.laterTablesOf.length > 0 || schema.relations.length === 0) return []
    return [
      {
        code: 'no-relation',
        message: `Nothing in the schema ${printableName(schema.name)} is chosen.`,
        next: 'Choose a table, or leave the schema out.',
        path: `${path}.relations`,
      },
    ]
  }
  const columns = schema.relations
  const rows = yield* rowsNamedSliced(columns, answer.relations)
  const gone = rows.length === answer.relations.length ? [] : yield* goneNames(columns, answer.relations)
  const problems: Problem[] = []
  if (gone.length > 0) {
    problems.push({
      code: 'relation-gone',
      message: `${gone.length === 1 ? 'This is' : 'These are'} not in the schema ${printableName(schema.name)}: ${someNames(gone, 20)}.`,
      next: 'Dropped or renamed, maybe. Choose again from what is there.',
      path:
        gone.length === 1
          ? `${path}.relations[${answer.relations.indexOf(gone[0] ?? '')}]`
          : `${path}.relations`,
    })
  }
  const refusedByOwner = new Map<string, string[]>()
  const lackOf = lackIn(input, database, schema)
  yield* eachOf(rows, row => {
    const access = accessAt(columns, row)
    if (access === undefined || lackOf(access)?.via.by !== 'nobody') return
    const refused = refusedByOwner.get(access.owner) ?? []
    refusedByOwner.set(access.owner, refused)
    refused.push(stringAt(columns.names, row))
  })
  for (const [owner, names] of refusedByOwner) {
    problems.push({
      code: 'relation-not-grantable',
      message: `${admin(input)} may not grant ${(chosenTier(input)?.privileges ?? []).join(', ')} on ${counted(names.length, 'relation')} of ${printableName(schema.name)} that ${names.length === 1 ? 'belongs' : 'belong'} to ${printableName(owner)}: ${someNames(names, 20)}.`,
      next: `Connect as ${printableName(owner)} or a superuser, or leave them out.`,
      path:
        names.length === 1
          ? `${path}.relations[${answer.relations.indexOf(names[0] ?? '')}]`
          : `${path}.relations`,
    })
  }
  return problems
}

function* goneNames(columns: RelationColumns, names: readonly string[]): Sliced<string[]> {
  const gone: string[] = []
  yield* eachOf(names, name => {
    if (rowNamed(columns, name) === -1) gone.push(name)
  })
  return gone
}

function laterTableProblems(
  { answers }: PlanInput,
  schema: CatalogueSchema,
  answer: SchemaAnswer,
  path: string,
): Problem[] {
  const own = [granteeOf(answers.roles), answers.roles.login]
  return answer.laterTablesOf.flatMap((role, index): Problem[] => {
    // What it makes itself it owns; an undo would leave the default privilege behind with the role.
    if (own.includes(role))
      return [
        {
          code: 'creator-is-the-tool',
          message: `${printableName(role)} is the tool's own role, which makes no tables.`,
          next: 'Leave it out.',
          path: `${path}.laterTablesOf[${index}]`,
        },
      ]
    const creator = schema.creators.find(each => each.role === role)
    if (creator?.alterable === true) return []
    const where = `${path}.laterTablesOf[${index}]`
    return [
      creator === undefined
        ? {
            code: 'creator-gone',
            message: `${printableName(role)} owns nothing in the schema ${printableName(schema.name)} and may not create there.`,
            next: `Roles that do or may: ${someNames(schema.creators.map(each => each.role))}.`,
            path: where,
          }
        : {
            code: 'creator-not-alterable',
            message: `Default privileges of ${printableName(role)} can be set by itself, its members and superusers only.`,
            next: `Connect as ${printableName(role)} or a superuser, or leave its later tables out.`,
            path: where,
          },
    ]
  })
}

function admin({ server }: PlanInput): string {
  return printableName(server.admin.name)
}
