import type { Answers } from '../../src/model/answers.ts'
import { quoteIdentifier } from '../../src/model/identifier.ts'
import type { TestServerOptions } from '../support/server.ts'
import { openWizard, type Wizard, type WizardOptions } from '../support/wizard.ts'
import { type Scene, setScene } from './scene.ts'

/** A role as the server has it. */
export interface FoundRole {
  /** Of LOGIN, SUPERUSER, CREATEDB, CREATEROLE, REPLICATION, BYPASSRLS those that it has. */
  readonly attributes: readonly string[]
  /** -1 is none. */
  readonly limit: number
  /** ISO 8601; null is no end. */
  readonly until: string | null
  readonly memberOf: readonly string[]
  /** As `ALTER ROLE … SET` keeps them, by name. */
  readonly settings: readonly string[]
}

/** A scene in which wizards are opened. */
export interface WizardScene extends Scene {
  open(options?: Partial<WizardOptions>): Promise<Wizard>
  /** Runs statements one by one as a login, with the password that a wizard kept: `done`, or what the server said. */
  asLogin(
    wizard: Pick<Wizard, 'storedPassword'>,
    login: string,
    database: string,
    statements: readonly string[],
  ): Promise<readonly string[]>
  role(name: string): Promise<FoundRole | null>
  /** Drops every role that was not there when the scene was set, with all that it was granted. */
  clear(): Promise<void>
}

const roleSql = `
select rolconnlimit as "limit", rolvaliduntil as until,
  array_remove(array[
    case when rolcanlogin then 'LOGIN' end, case when rolsuper then 'SUPERUSER' end,
    case when rolcreatedb then 'CREATEDB' end, case when rolcreaterole then 'CREATEROLE' end,
    case when rolreplication then 'REPLICATION' end, case when rolbypassrls then 'BYPASSRLS' end], null) as attributes,
  array(select roleid::regrole::text from pg_auth_members where member = role.oid order by 1) as "memberOf",
  array(select unnest(rolconfig) order by 1) as settings
from pg_roles as role where rolname = $1`

/** Starts a server with the sample on it (two seconds); `end()` it in `afterAll`. */
export async function setWizardScene(options: TestServerOptions = {}): Promise<WizardScene> {
  const scene = await setScene(options)
  const { server } = scene
  const roles = async () =>
    (await server.sql('select rolname from pg_roles')).map(({ rolname }) => String(rolname))
  const atFirst = new Set(await roles())
  return {
    ...scene,
    open: more => openWizard({ server, folder: scene.folder, ...more }),
    asLogin: async (wizard, user, database, statements) => {
      const password = wizard.storedPassword(user)
      if (password === null) throw new Error(`no password of ${user} was kept`)
      const client = await server.client({ user, database, password })
      try {
        const said: string[] = []
        for (const statement of statements) {
          const done = client.query(statement)
          said.push(
            await done.then(
              () => 'done',
              (error: Error) => error.message,
            ),
          )
        }
        return said
      } finally {
        await client.end()
      }
    },
    role: async name => {
      const [found] = await server.sql(roleSql, 'postgres', [name])
      if (found === undefined) return null
      const { until } = found
      return { ...(found as unknown as FoundRole), until: until instanceof Date ? until.toISOString() : null }
    },
    clear: async () => {
      const made = (await roles()).filter(name => !atFirst.has(name)).map(quoteIdentifier)
      if (made.length === 0) return
      const databases = await server.sql('select datname from pg_database where datallowconn')
      for (const { datname } of databases) {
        await server.sql(`drop owned by ${made.join(', ')} cascade`, String(datname))
      }
      await server.sql(`drop role ${made.join(', ')}`)
    },
  }
}

/** The answers' choice in words: `music_store.public.album`. */
export function chosenIn(answers: Answers): readonly string[] {
  return answers.databases.flatMap(database =>
    database.schemas.flatMap(schema =>
      schema.relations.map(relation => `${database.name}.${schema.name}.${relation}`),
    ),
  )
}
