import { type ApplyRequest, apply } from '../../src/engine/apply.ts'
import { doorOf } from '../../src/engine/door.ts'
import type { EngineEvent } from '../../src/engine/events.ts'
import { snapshotAccess } from '../../src/engine/snapshot.ts'
import { withSession } from '../../src/engine/with-session.ts'
import type { RelationKind } from '../../src/model/catalogue.ts'
import type { Change } from '../../src/model/change.ts'
import { quoteIdentifier } from '../../src/model/identifier.ts'
import { problemOf } from '../../src/model/problem.ts'
import { secret } from '../../src/model/secret.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { type ConnectTarget, openSessionFor } from '../../src/postgres/connect.ts'
import { knock } from '../../src/postgres/knock.ts'
import type { OpenSession } from '../../src/postgres/session.ts'
import { generatePassword } from '../../src/secrets/password.ts'
import { createShowOnceStore } from '../../src/secrets/show-once.ts'
import { ampleDeadline } from '../support/deadline.ts'
import type { TestServer } from '../support/server.ts'

/** What a plan in these tests is for. */
export interface Wanted {
  readonly login: string
  readonly group: string | null
  readonly databases: readonly {
    readonly name: string
    readonly schemas: readonly {
      readonly name: string
      readonly relations: readonly (string | { readonly name: string; readonly kind: RelationKind })[]
    }[]
  }[]
  readonly access?: Plan['access']
  readonly validUntil?: string | null
  readonly admin?: string | undefined
  readonly existed?: boolean
}

/** A plan for roles that do not exist yet, with every kind of change that one has. */
export function planFor(server: TestServer, wanted: Wanted): Plan {
  const why = 'a test'
  const { login, group } = wanted
  const grantee = group ?? login
  const access = wanted.access ?? 'read'
  const privileges = { read: ['SELECT', 'REFERENCES'], metadata: ['REFERENCES'], usage: [] } as const
  const roles: Change[] = [
    ...(group === null ? [] : [{ kind: 'create-role', role: group, connectionLimit: null, why } as const]),
    ...(wanted.existed ? [] : [{ kind: 'create-role', role: login, connectionLimit: 5, why } as const]),
    ...(group === null ? [] : [{ kind: 'grant-membership', group, member: login, why } as const]),
    {
      kind: 'set-role-parameter',
      role: login,
      parameter: 'default_transaction_read_only',
      value: 'on',
      before: null,
      why,
    },
  ]
  return {
    tool: { id: 'atlan', name: 'Atlan' },
    server: {
      host: server.host,
      port: server.port,
      database: 'postgres',
      user: wanted.admin ?? server.adminUser,
      versionNumber: server.major * 10_000,
    },
    authentication: 'password',
    login,
    group,
    grantee,
    access,
    roles,
    databases: wanted.databases.map(database => ({
      database: database.name,
      schemas: database.schemas.map(schema => schema.name),
      chosen: database.schemas.flatMap(schema =>
        schema.relations.map(relation => ({
          schema: schema.name,
          ...(typeof relation === 'string' ? { name: relation, kind: 'table' as const } : relation),
        })),
      ),
      changes: [
        { kind: 'grant-connect', database: database.name, grantee, why } as const,
        ...database.schemas.flatMap(({ name: schema, relations }): Change[] => [
          { kind: 'grant-usage', schema, grantee, why },
          ...(relations.length === 0 || access === 'usage'
            ? []
            : [
                {
                  kind: 'grant-relations' as const,
                  schema,
                  relations: relations.map(relation =>
                    typeof relation === 'string' ? relation : relation.name,
                  ),
                  privileges: privileges[access],
                  grantee,
                  why,
                },
              ]),
        ]),
      ],
    })),
    opening: [
      { kind: 'open-login', role: login, minutes: 10, existed: wanted.existed ?? false, why },
      {
        kind: 'set-valid-until',
        role: login,
        validUntil: wanted.validUntil ?? '2099-12-31T00:00:00.000Z',
        why,
      },
    ],
    notes: [],
  }
}

/** Opens sessions of an administrator (the server's own, or another) and of any login. */
export function openAs(server: TestServer, admin?: { user: string; password: string }): OpenSession {
  return openSessionFor(targetOf(server, admin))
}

function targetOf(server: TestServer, admin?: { user: string; password: string }): ConnectTarget {
  return {
    host: server.host,
    port: server.port,
    database: 'postgres',
    user: admin?.user ?? server.adminUser,
    tls: 'disable',
    password: secret(admin?.password ?? server.adminPassword),
  }
}

/** An apply with real parts; what a test changes, it passes. */
export async function applyPlan(
  server: TestServer,
  plan: Plan,
  changed: Partial<ApplyRequest> = {},
): Promise<{
  readonly outcome: Awaited<ReturnType<typeof apply>>
  readonly events: readonly EngineEvent[]
  readonly request: ApplyRequest
}> {
  const events: EngineEvent[] = []
  const { onEvent, ...rest } = changed
  const request: ApplyRequest = {
    plan,
    open: openAs(server),
    store: createShowOnceStore(),
    entry: {
      user: plan.login,
      host: server.host,
      port: server.port,
      databases: plan.databases.map(({ database }) => database),
    },
    generate: generatePassword,
    knock: async database => doorOf(await knock({ target: targetOf(server), user: plan.login, database })),
    patience: 3000,
    deadline: ampleDeadline,
    ...rest,
    onEvent: event => {
      events.push(event)
      onEvent?.(event)
    },
  }
  return { outcome: await apply(request), events, request }
}

/** The access in each database, for comparing before and after. */
export async function accessIn(server: TestServer, databases: readonly string[]): Promise<readonly string[]> {
  const open = openAs(server)
  const all: string[] = []
  for (const database of databases) {
    const lines = await withSession(open, { database }, snapshotAccess)
    for (const line of lines) all.push(`${database}: ${line}`)
  }
  return all
}

/** A database with tables, made by the administrator. */
export async function makeDatabase(
  server: TestServer,
  name: string,
  schemas: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  await server.sql(`CREATE DATABASE ${quoteIdentifier(name)}`)
  const statements = Object.entries(schemas).flatMap(([schema, tables]) => [
    `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`,
    ...tables.flatMap(table => {
      const qualified = `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`
      return [
        `CREATE TABLE ${qualified} (id int PRIMARY KEY, name text)`,
        `INSERT INTO ${qualified} VALUES (1, 'one')`,
      ]
    }),
  ])
  await server.sql(statements.join(';\n'), name)
}

/** What a login gets when it runs something itself: the SQLSTATE, or `ok`. */
export async function tryAs(
  open: OpenSession,
  login: Parameters<OpenSession>[0],
  sql: string,
): Promise<string> {
  try {
    return await withSession(open, login, async session => {
      await session.query(sql)
      return 'ok'
    })
  } catch (thrown) {
    const problem = problemOf(thrown)
    return problem.sqlstate ?? problem.code
  }
}
