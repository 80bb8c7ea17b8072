import type pg from 'pg'
import { connectorById } from '../../../src/connectors/connectors.ts'
import type { Beyond, Finding, Proof } from '../../../src/engine/outcome.ts'
import type { Answers } from '../../../src/model/answers.ts'
import { printableName, qualifiedName, quoteIdentifier } from '../../../src/model/identifier.ts'
import type { DatabasePlan, Plan } from '../../../src/plan/plan.ts'
import type { TestServer } from '../server.ts'
import { isDenied, type Tried, tryCreate, tryInside, tryRelations } from './tried-access.ts'
import type { Database, World } from './world.ts'

/**
 * Logs in as the new login everywhere, tries everything, and compares with what was promised: the choice, and
 * what the proof names beside it. @throws Error
 */
export async function assertReach(
  server: TestServer,
  { world, plan, proof, password }: { world: World; plan: Plan; proof: Proof; password: string },
): Promise<void> {
  for (const database of [...world.databases.map(({ name }) => name), 'postgres']) {
    const chosen = plan.databases.find(each => each.database === database)
    const expected = chosen !== undefined || announced(proof, null, 'database', database).has('CONNECT')
    const client = await logIn(server, { user: plan.login, password, database })
    try {
      same(client !== null, expected, `connects to ${database}`)
      const inside = world.databases.find(each => each.name === database)
      if (client === null || inside === undefined || chosen === undefined) continue
      await assertReachInside(client, { database: inside, chosen, plan, proof })
      await assertReferences(server, { database: inside, chosen, plan, proof })
    } finally {
      await client?.end()
    }
  }
}

interface Inside {
  readonly database: Database
  readonly chosen: DatabasePlan
  readonly plan: Plan
  readonly proof: Proof
}

async function assertReachInside(client: pg.Client, inside: Inside): Promise<void> {
  const { database, proof } = inside
  const tried = await tryRelations(client, database)
  for (const each of tried) assertRelation(each, inside)
  assertCount(tried, inside)

  const schemas = database.schemas.map(({ name }) => name)
  const mayCreate = await tryCreate(client, schemas)
  for (const [at, schema] of schemas.entries()) {
    const names = announced(proof, database.name, 'schema', schema)
    same(mayCreate[at], names.has('CREATE'), `creates in schema ${schema}`)
  }
  const itself = announced(proof, database.name, 'database', database.name)
  const [schema, temporary] = await tryInside(client, [
    'CREATE SCHEMA made_by_nobody',
    'CREATE TEMPORARY TABLE made_by_nobody ()',
  ])
  same(schema?.sqlstate === null, itself.has('CREATE'), `creates a schema in ${database.name}`)
  same(temporary?.sqlstate === null, itself.has('TEMPORARY'), `creates a temporary table in ${database.name}`)
}

function assertRelation(tried: Tried, { database, chosen, plan, proof }: Inside): void {
  const { relation } = tried
  const isChosen =
    plan.access === 'read' &&
    chosen.chosen.some(({ schema, name }) => schema === relation.schema && name === relation.name)
  const names = announced(proof, database.name, 'relation', relation.schema, relation.name)
  const what = `${qualifiedName(relation.schema, relation.name)} (${JSON.stringify(tried.read)})`
  same(tried.someSelect, isChosen || names.has('SELECT'), `has SELECT on ${what}`)
  if (tableKinds.has(relation.source.kind)) {
    same(tried.insert, names.has('INSERT'), `has INSERT on ${what}`)
    same(tried.delete, names.has('DELETE'), `has DELETE on ${what}`)
    same(tried.truncate, names.has('TRUNCATE'), `has TRUNCATE on ${what}`)
    const locks = ['UPDATE', 'DELETE', 'TRUNCATE', 'MAINTAIN'].some(privilege => names.has(privilege))
    same(tried.lock, locks, `may lock ${what}`)
  }
  if (isChosen) {
    const found = findingsOf(proof, database.name)
      .filter(each => each.relation?.schema === relation.schema && each.relation.name === relation.name)
      .map(each => each.code)
      .filter(code => code !== 'no-user-mapping' && code !== 'foreign-server-not-asked')
    same(found.join(), expectedFinding(tried), `findings on ${what}`)
  }
}

/**
 * Makes a foreign key to each table as the login would, in a schema of its own: all in subtransactions that are
 * rolled back.
 */
async function assertReferences(
  server: TestServer,
  { database, chosen, plan, proof }: Inside,
): Promise<void> {
  const meant = connectorById(plan.tool.id)
    ?.tiers.find(({ tier }) => tier === plan.access)
    ?.privileges.includes('REFERENCES')
  const tables = database.relations.filter(({ source }) => tableKinds.has(source.kind))
  const client = await server.client({ database: database.name })
  try {
    const answers = await tryInside(
      client,
      tables.map(table => {
        const name = qualifiedName(table.schema, table.name)
        return `ALTER TABLE ${name} ADD UNIQUE (id); CREATE SCHEMA "its own" AUTHORIZATION ${quoteIdentifier(plan.login)};
          SET LOCAL ROLE ${quoteIdentifier(plan.login)}; CREATE TABLE "its own".t (id int REFERENCES ${name} (id))`
      }),
    )
    for (const [at, table] of tables.entries()) {
      const answer = answers[at]
      if (answer === undefined) throw new Error('an attempt has no answer')
      const denied = isDenied(answer, table)
      if (answer.sqlstate !== null && !denied) throw new Error(`a foreign key: ${JSON.stringify(answer)}`)
      const isChosen = chosen.chosen.some(
        ({ schema, name }) => schema === table.schema && name === table.name,
      )
      const names = announced(proof, database.name, 'relation', table.schema, table.name)
      const expected = (isChosen && meant === true) || names.has('REFERENCES')
      same(!denied, expected, `has REFERENCES on ${qualifiedName(table.schema, table.name)}`)
    }
  } finally {
    await client.end()
  }
}

const tableKinds: ReadonlySet<string> = new Set(['table', 'partitioned-table', 'partition'])

/** What the proof has to say of a chosen relation that answered so. */
function expectedFinding({ relation, read, secured }: Tried): string {
  if (read.sqlstate === '42501') return 'reads-as-caller'
  if (read.sqlstate !== null) {
    const { source } = relation
    return source.kind === 'materialized-view' && !source.filled ? 'not-populated' : 'unreadable'
  }
  if (relation.rowSecurity === null || !secured) return ''
  // One row is there, which a policy shows or not.
  return read.rows === 0 ? 'row-security-hides-all' : 'row-security'
}

function assertCount(tried: readonly Tried[], { database, chosen, plan, proof }: Inside): void {
  if (plan.access !== 'read') return
  const read = tried.filter(
    ({ relation, read: { sqlstate } }) =>
      sqlstate === null &&
      chosen.chosen.some(({ schema, name }) => schema === relation.schema && name === relation.name),
  )
  const proved = proof.databases.find(each => each.database === database.name)
  same(proved?.readable, read.length, `chosen relations that can be read in ${database.name}`)
}

function findingsOf(proof: Proof, database: string): readonly Finding[] {
  return proof.databases.find(each => each.database === database)?.findings ?? []
}

/** What the proof names beyond the choice on one object. */
function announced(
  proof: Proof,
  database: string | null,
  object: Beyond['object'],
  ...names: readonly string[]
): ReadonlySet<string> {
  const name = names.map(printableName).join('.')
  const entry = proof.beyond.find(
    each => each.database === database && each.object === object && each.name === name,
  )
  return new Set(entry?.privileges ?? [])
}

/** A session of the login's own; null where it may not connect. */
export async function logIn(
  server: TestServer,
  login: { user: string; password: string; database: string },
): Promise<pg.Client | null> {
  for (;;) {
    try {
      return await server.client(login)
    } catch (error) {
      const { code } = error as { code?: string }
      if (code === '42501') return null
      // The login may have one session at a time, and the server still ends the one before.
      if (code !== '53300') throw error
    }
  }
}

/**
 * Makes a table as each role whose later tables were asked for would, and reads it as the login: all in a
 * transaction that is rolled back. @throws Error
 */
export async function assertLaterTables(
  server: TestServer,
  { world, plan, answers }: { world: World; plan: Plan; answers: Answers },
): Promise<void> {
  const laterTables = answers.databases.flatMap(({ name: database, schemas }) =>
    schemas.flatMap(({ name: schema, laterTablesOf }) =>
      ownersIn(world, database, schema).map(role => ({
        database,
        schema,
        role,
        chosen: laterTablesOf.includes(role),
      })),
    ),
  )
  for (const { database, schema, role, chosen } of laterTables) {
    const client = await server.client({ database })
    try {
      const table = qualifiedName(schema, 'made later')
      await client.query(`BEGIN; GRANT CREATE, USAGE ON SCHEMA ${quoteIdentifier(schema)} TO ${quoteIdentifier(role)};
        SET LOCAL ROLE ${quoteIdentifier(role)}; CREATE TABLE ${table} (); RESET ROLE;
        SET LOCAL ROLE ${quoteIdentifier(plan.login)}`)
      const read = await client.query(`SELECT FROM ${table}`).then(
        () => true,
        () => false,
      )
      const otherwise =
        world.databases.some(each => each.name === database && each.defaults.length > 0) ||
        world.roles.some(each => each.earlier)
      const expected = chosen && plan.access === 'read'
      if (expected || !otherwise) same(read, expected, `reads ${table}, made later by ${role}`)
    } finally {
      await client.end()
    }
  }
}

/** Whoever owns something in the schema. */
function ownersIn(world: World, database: string, schema: string): string[] {
  const relations = world.databases.find(each => each.name === database)?.relations ?? []
  return [...new Set(relations.filter(each => each.schema === schema).map(each => each.owner))]
}

function same(is: unknown, expected: unknown, what: string): void {
  if (is !== expected) throw new Error(`${what}: ${is} by trying, ${expected} by what was told`)
}
