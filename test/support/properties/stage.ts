import type pg from 'pg'
import { snapshotAccess } from '../../../src/engine/snapshot.ts'
import { withSession } from '../../../src/engine/with-session.ts'
import type { Answers } from '../../../src/model/answers.ts'
import { quoteIdentifier } from '../../../src/model/identifier.ts'
import { type Secret, secret } from '../../../src/model/secret.ts'
import { openSessionFor } from '../../../src/postgres/connect.ts'
import type { OpenSession } from '../../../src/postgres/session.ts'
import { type Major, startServer, type TestServer } from '../server.ts'
import type { World } from './world.ts'
import { createDatabaseSql, databaseSql, rolesSql } from './world-sql.ts'

/** A server on which one world after the other is set up. */
export interface Stage {
  readonly server: TestServer
  /** The superuser's session in database `postgres`, kept open. */
  readonly client: pg.Client
  /** Takes away what the last world left and makes this one. */
  set(world: World): Promise<void>
  /** Who may do what in the whole server and in each database of the world, the administrator's own too. */
  access(world: World): Promise<readonly string[]>
  stop(): Promise<void>
}

/** The password of the worlds' administrators. */
const worldAdminPassword = 'of the administrator of this world'

/** The server as the world's administrator reaches it. */
export function targetOf(server: TestServer, { admin }: World): Answers['server'] & { password: Secret } {
  return {
    host: server.host,
    port: server.port,
    database: 'postgres',
    user: admin.name,
    tls: 'disable',
    password: secret(admin.superuser ? server.adminPassword : worldAdminPassword),
  }
}

/** Opens sessions as the administrator of the world, and as any login. */
export function openFor(server: TestServer, world: World): OpenSession {
  return openSessionFor(targetOf(server, world))
}

/** The superuser looks hundreds of times a world, and a SCRAM login takes both sides 4096 rounds. */
const hba = [
  'local all all trust',
  'host all postgres 127.0.0.1/32 trust',
  'host all all 127.0.0.1/32 scram-sha-256',
]

/** Starts the server; stop() it. */
export async function openStage(major: Major): Promise<Stage> {
  const server = await startServer({ major, hba })
  const client = await server.client()
  const asSuperuser = openSessionFor({
    host: server.host,
    port: server.port,
    database: 'postgres',
    user: server.adminUser,
    tls: 'disable',
    password: secret(server.adminPassword),
  })
  return {
    server,
    client,
    set: async world => {
      await clear(client)
      await runAll(client, rolesSql(world, worldAdminPassword))
      for (const database of world.databases) {
        await client.query(createDatabaseSql(database))
        const inside = await server.client({ database: database.name })
        try {
          await runAll(inside, databaseSql(database))
        } finally {
          await inside.end()
        }
      }
    },
    access: async world => {
      const lines: string[] = []
      for (const database of ['postgres', ...world.databases.map(({ name }) => name)]) {
        const access = await withSession(asSuperuser, { database }, snapshotAccess)
        lines.push(...access.map(line => `${database}: ${line}`))
      }
      return lines
    },
    stop: async () => {
      await client.end()
      await server.stop()
    },
  }
}

/** What is there now and was not before, and the other way round; one line a fact. */
export function accessDifference(before: readonly string[], after: readonly string[]): string[] {
  const was = new Set(before)
  const is = new Set(after)
  return [
    ...before.filter(line => !is.has(line)).map(line => `- ${line}`),
    ...after.filter(line => !was.has(line)).map(line => `+ ${line}`),
  ]
}

/** The whole world in SQL, as a person would make it again with psql. */
export function worldSql(world: World): string {
  return [
    ...rolesSql(world, worldAdminPassword),
    ...world.databases.flatMap(database => [
      createDatabaseSql(database),
      `\\connect ${quoteIdentifier(database.name)}`,
      ...databaseSql(database),
    ]),
  ]
    .map(line => (line.startsWith('\\') ? line : `${line};`))
    .join('\n')
}

async function clear(client: pg.Client): Promise<void> {
  const databases = await client.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1')`,
  )
  for (const { name } of databases.rows) {
    await client.query(`DROP DATABASE ${quoteIdentifier(name)} WITH (FORCE)`)
  }
  const roles = await client.query<{ name: string }>(
    `SELECT rolname AS name FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> 'postgres'`,
  )
  if (roles.rows.length === 0) return
  const names = roles.rows.map(({ name }) => quoteIdentifier(name)).join(', ')
  await client.query(`DROP OWNED BY ${names}; DROP ROLE ${names}`)
}

async function runAll(client: pg.Client, statements: readonly string[]): Promise<void> {
  const sql = statements.join(';\n')
  try {
    await client.query(sql)
  } catch (error) {
    throw new Error(`the world could not be made: ${error instanceof Error ? error.message : error}\n${sql}`)
  }
}
