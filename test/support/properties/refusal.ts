import { connectorById } from '../../../src/connectors/connectors.ts'
import { withSession } from '../../../src/engine/with-session.ts'
import type { Answers } from '../../../src/model/answers.ts'
import { qualifiedName, quoteIdentifier } from '../../../src/model/identifier.ts'
import { type Problem, problemOf } from '../../../src/model/problem.ts'
import type { OpenSession, Session } from '../../../src/postgres/session.ts'
import { superuser, type World } from './world.ts'

/**
 * Why a refused plan was rightly refused: each problem is tried on the server, as the administrator.
 * @throws Error for one that a try does not bear out
 */
export async function assertRefusedRightly(
  { world, answers, problems }: { world: World; answers: Answers; problems: readonly Problem[] },
  open: OpenSession,
): Promise<void> {
  for (const problem of problems) {
    if (!(await isTrue(problem, world, answers, open))) {
      throw new Error(`refused without need: ${JSON.stringify(problem)}`)
    }
  }
}

async function isTrue(problem: Problem, world: World, answers: Answers, open: OpenSession): Promise<boolean> {
  const { login } = answers.roles
  const group = answers.roles.layout === 'login' ? null : answers.roles.group
  const named = world.roles.filter(role => role.name === login || role.name === group)
  const [, databaseAt, schemaAt] = /^databases\[(\d+)\](?:\.schemas\[(\d+)\])?/.exec(problem.path ?? '') ?? []
  const database = answers.databases[Number(databaseAt)]
  const schema = database?.schemas[Number(schemaAt)]
  const refuses = async (...tries: readonly Try[]): Promise<boolean> => {
    for (const each of tries) {
      if (!(await anyWayTakes(open, database?.name ?? answers.server.database, each))) return true
    }
    return false
  }
  const here = world.databases.find(each => each.name === database?.name)
  const ownerOf = (owner: string | undefined) =>
    (owner === 'pg_database_owner' ? here?.owner : owner) ?? superuser
  const privileges = (connectorById(answers.tool)?.tiers ?? [])
    .filter(({ tier }) => tier === answers.access)
    .flatMap(tier => tier.privileges)
    .join(', ')
  switch (problem.code) {
    case 'login-exists':
      return named.some(role => role.name === login) && !answers.replacePassword
    case 'role-elevated':
      return named.some(role => role.elevated)
    case 'role-owns-objects':
      return world.databases.some(each =>
        [each, ...each.schemas, ...each.relations].some(({ owner }) =>
          named.some(({ name }) => name === owner),
        ),
      )
    case 'membership-circle':
      return (
        group !== null &&
        refuses({ statement: `GRANT ${quoteIdentifier(group)} TO ${quoteIdentifier(login)}` })
      )
    case 'membership-not-grantable':
      return group !== null && refuses({ statement: `GRANT ${quoteIdentifier(group)} TO ${superuser}` })
    case 'role-not-alterable':
      return refuses({ statement: `ALTER ROLE ${quoteIdentifier(login)} VALID UNTIL 'infinity'` })
    case 'login-without-inherit':
      return group !== null && !(await inheritsAsMember(open, login, group))
    case 'membership-idle':
      return group !== null && !(await givesByGrant(open, login, group))
    case 'may-not-create-roles':
      return refuses({ statement: 'CREATE ROLE one_more' })
    case 'connect-not-grantable':
      return (
        database !== undefined &&
        refuses({
          statement: `GRANT CONNECT ON DATABASE ${quoteIdentifier(database.name)} TO ${superuser}`,
          owner: ownerOf(here?.owner),
        })
      )
    case 'database-unreadable':
      return database !== undefined && !(await wouldTake(open, database.name, ['SELECT 1']))
    case 'usage-not-grantable':
      return (
        schema !== undefined &&
        refuses({
          statement: `GRANT USAGE ON SCHEMA ${quoteIdentifier(schema.name)} TO ${superuser}`,
          owner: ownerOf(here?.schemas.find(each => each.name === schema.name)?.owner),
        })
      )
    case 'relation-not-grantable':
      return (
        schema !== undefined &&
        refuses(
          ...schema.relations.map(
            (relation): Try => ({
              statement: `GRANT ${privileges} ON ${qualifiedName(schema.name, relation)} TO ${superuser}`,
              owner: ownerOf(
                here?.relations.find(each => each.schema === schema.name && each.name === relation)?.owner,
              ),
            }),
          ),
        )
      )
    case 'creator-not-alterable':
      return (
        schema !== undefined &&
        refuses(
          ...schema.laterTablesOf.map(
            (role): Try => ({
              statement: `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdentifier(role)} GRANT SELECT ON TABLES TO ${superuser}`,
              owner: role,
            }),
          ),
        )
      )
    default:
      throw new Error(`no try is known that would bear out ${JSON.stringify(problem)}`)
  }
}

/** Whether the login would have what the group has, once it is a member if it is none. */
async function inheritsAsMember(open: OpenSession, login: string, group: string): Promise<boolean> {
  return withSession(open, { database: 'postgres' }, async session => {
    const ask = async (how: string) => {
      const asked = `SELECT pg_has_role($1, $2, $3) AS has`
      const [answer] = await session.query<{ has: boolean }>(asked, [login, group, how])
      return answer?.has === true
    }
    await session.query('BEGIN')
    try {
      const groups = await session.query('SELECT FROM pg_roles WHERE rolname = $1', [group])
      if (groups.length === 0) await session.query(`CREATE ROLE ${quoteIdentifier(group)}`)
      if (!(await ask('MEMBER'))) {
        await session.query(`GRANT ${quoteIdentifier(group)} TO ${quoteIdentifier(login)}`)
      }
      return await ask('USAGE')
    } catch (thrown) {
      // Where it may not be made a member, or would close a circle, there is another problem besides.
      if (['42501', '0LP01'].includes(problemOf(thrown).sqlstate ?? '')) return false
      throw thrown
    } finally {
      await session.query('ROLLBACK')
    }
  })
}

/** Whether the login has what the group has once the administrator has granted it. */
async function givesByGrant(open: OpenSession, login: string, group: string): Promise<boolean> {
  return withSession(open, { database: 'postgres' }, async session => {
    await session.query('BEGIN')
    try {
      await session.query(`GRANT ${quoteIdentifier(group)} TO ${quoteIdentifier(login)}`)
      const [answer] = await session.query<{ has: boolean }>(`SELECT pg_has_role($1, $2, 'USAGE') AS has`, [
        login,
        group,
      ])
      return answer?.has === true
    } finally {
      await session.query('ROLLBACK')
    }
  })
}

interface Try {
  readonly statement: string
  /** Who could be become for it. */
  readonly owner?: string
}

/** Whether the server takes it from the administrator itself, as the owner, or once it has the owner for itself. */
async function anyWayTakes(open: OpenSession, database: string, { statement, owner }: Try): Promise<boolean> {
  if (await wouldTake(open, database, [statement])) return true
  if (owner === undefined) return false
  const name = quoteIdentifier(owner)
  const become = `SET LOCAL ROLE ${name}`
  if (await wouldTake(open, database, [become, statement])) return true
  const borrow = `GRANT ${name} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE`
  return wouldTake(open, database, [borrow, become, statement])
}

/** Whether the server takes the statements, wholly and without a warning. */
async function wouldTake(
  open: OpenSession,
  database: string,
  statements: readonly string[],
): Promise<boolean> {
  try {
    return await withSession(open, { database }, session => takes(session, statements))
  } catch (thrown) {
    if (problemOf(thrown).code === 'unexpected') throw thrown
    return false
  }
}

async function takes(session: Session, statements: readonly string[]): Promise<boolean> {
  await session.query('BEGIN')
  try {
    session.takeNotices()
    await session.query(statements.join('; '))
    return !session.takeNotices().some(notice => notice.severity === 'WARNING')
  } finally {
    await session.query('ROLLBACK')
  }
}
