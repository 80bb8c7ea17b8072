import type { Answers, SecretAnswer, ServerAnswer } from '../model/answers.ts'
import type { CatalogueDatabase } from '../model/catalogue.ts'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import { reveal, type Secret, secret } from '../model/secret.ts'
import type { ExistingRole } from '../model/server-facts.ts'
import type { Plan } from '../plan/plan.ts'
import type { SecretStore } from '../secrets/store.ts'
import type { StoreContext } from '../secrets/stores.ts'
import type { SchemaName } from '../steps/schemas.ts'
import type { Effect } from './effect.ts'
import type { RelationsOf, WizardEvent } from './event.ts'
import { saveFile } from './save-file.ts'
import { connectToServer, type ServerConnection } from './server-connection.ts'
import type { Ending } from './state.ts'

export interface Surroundings {
  /** A password that whoever started the wizard gives it, such as the demo's. */
  readonly givenPassword: Secret | null
  /** The folder for files that a person saves. */
  readonly outDir: string
  readonly stores: StoreContext
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Writes to the terminal, past the screen. */
  readonly write: (text: string) => void
  readonly end: (ending: Ending) => void
}

export type Dispatch = (event: WizardEvent) => void

export interface Worker {
  carryOut(effect: Effect, dispatch: Dispatch): void
  /** Closes what is open. Resolves when what was under way has come to its end. */
  close(): Promise<void>
}

/** How long the password stays on the screen, in milliseconds. */
const shownFor = 30_000

/** Carries out what the steps ask for, with the real outside worlds, each loaded when it is first needed. */
export function createWorker(surroundings: Surroundings): Worker {
  let connection: ServerConnection | null = null
  let store: { readonly answer: SecretAnswer; readonly store: SecretStore } | null = null
  let work = new AbortController()
  let hiding: ReturnType<typeof setTimeout> | undefined
  let savedAnswers: { readonly text: string; readonly path: string } | null = null
  const underWay = new Set<Promise<void>>()

  const connected = (): ServerConnection => {
    if (connection === null)
      throw new ProblemError({ code: 'not-connected', message: 'There is no connection to the server.', next: 'Go back to the connection.' })
    return connection
  }

  /** Runs a piece of work; whatever it throws becomes the event that says so. */
  const run = (dispatch: Dispatch, work: () => Promise<void>, failed: (problem: Problem) => WizardEvent): void => {
    const running = work().catch((thrown: unknown) => dispatch(failed(problemOf(thrown))))
    underWay.add(running)
    running.finally(() => underWay.delete(running))
  }

  const storeFor = async (answer: SecretAnswer, dispatch?: Dispatch, attempt = 0): Promise<SecretStore> => {
    if (store !== null && JSON.stringify(store.answer) === JSON.stringify(answer)) return store.store
    const { secretStoreFor } = await import('../secrets/stores.ts')
    const made = await secretStoreFor(answer, {
      ...surroundings.stores,
      onSlow: () => dispatch?.({ kind: 'store-slow', attempt }),
    })
    store = { answer, store: made }
    return made
  }

  const connect = async (attempt: number, server: ServerAnswer, typed: string | null, dispatch: Dispatch) => {
    const result = await connectToServer(server, {
      typed: typed === null ? null : secret(typed),
      given: surroundings.givenPassword,
    })
    if (!result.ok) {
      dispatch({ kind: 'connect-failed', attempt, problem: result.problem, wantsPassword: result.wantsPassword })
      return
    }
    await connection?.session.close().catch(() => {})
    connection = result.connection
    dispatch({ kind: 'connected', attempt, server: result.connection.facts })
  }

  const readDatabases = async (): Promise<readonly CatalogueDatabase[]> => {
    const { session, open } = connected()
    const { listDatabases, readDatabase } = await import('../postgres/catalogue.ts')
    const { withSession } = await import('../engine/with-session.ts')
    const summaries = await listDatabases(session)
    return Promise.all(
      summaries.map(async ({ connectable, ...summary }): Promise<CatalogueDatabase> => {
        const unread = (unreadable: string): CatalogueDatabase => ({ ...summary, unreadable, schemas: [], defaultPrivileges: [] })
        if (!connectable) return unread('you have no CONNECT there')
        try {
          return await withSession(open, { database: summary.name }, readDatabase)
        } catch (thrown) {
          return unread(problemOf(thrown).message)
        }
      }),
    )
  }

  const readRoles = async (names: readonly string[]): Promise<Record<string, ExistingRole | null>> => {
    const { session } = connected()
    const { readRole } = await import('../postgres/roles.ts')
    const roles: Record<string, ExistingRole | null> = {}
    for (const name of names) roles[name] = await readRole(session, name)
    return roles
  }

  const readRelationsOf = async (schemas: readonly SchemaName[]): Promise<readonly RelationsOf[]> => {
    const { open } = connected()
    const { readRelations } = await import('../postgres/catalogue.ts')
    const { withSession } = await import('../engine/with-session.ts')
    const read: RelationsOf[] = []
    for (const database of new Set(schemas.map(each => each.database))) {
      const wanted = schemas.filter(each => each.database === database).map(each => each.schema)
      const found = await withSession(open, { database }, session => readRelations(session, wanted))
      for (const schema of wanted) read.push({ database, schema, relations: found.get(schema) ?? [] })
    }
    return read
  }

  const makeThePlan = async (answers: Answers, dispatch: Dispatch) => {
    const { session, open, facts } = connected()
    const { readForPlan } = await import('../engine/read-for-plan.ts')
    const { makePlan } = await import('../plan/make-plan.ts')
    const { connectorById } = await import('../connectors/connectors.ts')
    const connector = connectorById(answers.tool)
    if (connector === null) throw new ProblemError({ code: 'unknown-tool', message: `No tool is called ${answers.tool}.` })
    const { databases, roles } = await readForPlan(answers, session, open)
    const made = makePlan({ answers, connector, catalogue: { databases }, roles, server: facts })
    const fresh = {
      databases: await readDatabases(),
      roles: {
        [answers.roles.login]: roles.login,
        ...(answers.roles.layout === 'group-and-login' ? { [answers.roles.group]: roles.group } : {}),
      },
    }
    if ('plan' in made) dispatch({ kind: 'planned', plan: made.plan, facts: fresh })
    else dispatch({ kind: 'plan-refused', problems: made.problems, facts: fresh })
  }

  const applyPlan = async (plan: Plan, answers: Answers, dispatch: Dispatch) => {
    const { target, open, facts } = connected()
    const [{ apply }, { doorOf }, { knock }, { generatePassword }, secretStore] = await Promise.all([
      import('../engine/apply.ts'),
      import('../engine/door.ts'),
      import('../postgres/knock.ts'),
      import('../secrets/password.ts'),
      storeFor(answers.secret),
    ])
    work = new AbortController()
    const entry = entryOf(answers)
    const outcome = await apply({
      plan,
      open,
      store: secretStore,
      entry,
      generate: generatePassword,
      knock: async database => doorOf(await knock({ target, user: answers.roles.login, database })),
      signal: work.signal,
      onEvent: event => dispatch({ kind: 'engine', event }),
    })
    if (outcome.outcome !== 'done' && outcome.outcome !== 'done-unproved') {
      dispatch({ kind: 'applied', outcome, done: null })
      return
    }
    const { connectorById } = await import('../connectors/connectors.ts')
    const { fillForm } = await import('../plan/form.ts')
    const { receiptOf, writeReceipt } = await import('../engine/receipt.ts')
    const connector = connectorById(answers.tool)
    const receipt = await writeReceipt(surroundings.outDir, receiptOf({ plan, answers, server: facts, outcome, store: secretStore, entry }))
    dispatch({
      kind: 'applied',
      outcome,
      done: {
        forms: connector === null ? [] : fillForm(connector, answers, plan),
        receipt,
        howToRead: secretStore.howToRead(entry),
      },
    })
  }

  const carryOut = (effect: Effect, dispatch: Dispatch): void => {
    const failed = (problem: Problem): WizardEvent => ({ kind: 'failed', problem })
    switch (effect.kind) {
      case 'connect':
        return run(
          dispatch,
          () => connect(effect.attempt, effect.server, effect.password, dispatch),
          problem => ({ kind: 'connect-failed', attempt: effect.attempt, problem, wantsPassword: false }),
        )
      case 'read-databases':
        return run(
          dispatch,
          async () => dispatch({ kind: 'databases-read', databases: await readDatabases() }),
          problem => ({ kind: 'databases-failed', problem }),
        )
      case 'read-roles':
        return run(
          dispatch,
          async () => dispatch({ kind: 'roles-read', roles: await readRoles(effect.names) }),
          problem => ({ kind: 'roles-failed', problem }),
        )
      case 'read-relations':
        return run(
          dispatch,
          async () => dispatch({ kind: 'relations-read', schemas: await readRelationsOf(effect.schemas) }),
          problem => ({ kind: 'relations-failed', problem }),
        )
      case 'probe-store':
        return run(
          dispatch,
          async () => {
            const { attempt, answer } = effect
            store = null
            const probed = await (await storeFor(answer, dispatch, attempt)).probe()
            dispatch({ kind: 'store-probed', attempt, problem: probed.works ? null : probed.problem })
          },
          problem => ({ kind: 'store-probed', attempt: effect.attempt, problem }),
        )
      case 'make-plan':
        return run(
          dispatch,
          () => makeThePlan(effect.answers, dispatch),
          problem => ({ kind: 'plan-refused', problems: [problem], facts: null }),
        )
      case 'rehearse':
        return run(
          dispatch,
          async () => {
            const { rehearse } = await import('../engine/rehearse.ts')
            work = new AbortController()
            const rehearsal = await rehearse({
              plan: effect.plan,
              open: connected().open,
              signal: work.signal,
              onEvent: event => dispatch({ kind: 'engine', event }),
            })
            dispatch({ kind: 'rehearsed', rehearsal })
          },
          problem => ({ kind: 'rehearsed', rehearsal: { outcome: 'failed', problem, change: null, database: effect.plan.server.database } }),
        )
      case 'apply':
        return run(
          dispatch,
          () => applyPlan(effect.plan, effect.answers, dispatch),
          problem => ({ kind: 'applied', outcome: { outcome: 'failed-unchanged', problem, change: null }, done: null }),
        )
      case 'cancel':
        return work.abort()
      case 'read-password':
        return run(
          dispatch,
          async () => {
            const found = await (await storeFor(effect.answers.secret)).read(entryOf(effect.answers))
            if (found === null)
              throw new ProblemError({ code: 'secret-gone', message: 'The password is not where it was put any more.' })
            dispatch({ kind: 'password-read', password: reveal(found) })
          },
          problem => ({ kind: 'password-failed', problem }),
        )
      case 'hide-password-later':
        clearTimeout(hiding)
        hiding = setTimeout(() => dispatch({ kind: 'password-hidden' }), shownFor)
        return
      case 'save':
        return run(
          dispatch,
          async () => dispatch({ kind: 'saved', what: effect.what, path: saveFile(surroundings.outDir, effect.name, effect.text) }),
          failed,
        )
      case 'save-answers':
        return run(
          dispatch,
          async () => {
            const text = `${JSON.stringify(effect.answers, null, 2)}\n`
            // The same answers twice are one file.
            if (savedAnswers?.text === text) return
            savedAnswers = { text, path: saveFile(surroundings.outDir, `${effect.answers.tool}-answers.json`, text) }
            dispatch({ kind: 'saved', what: 'answers', path: savedAnswers.path })
          },
          failed,
        )
      case 'copy':
        return run(
          dispatch,
          async () => {
            const { osc52 } = await import('../terminal/clipboard.ts')
            const sequence = osc52(effect.text, surroundings.environment)
            if (sequence !== null) surroundings.write(sequence)
            dispatch({ kind: 'copied', sent: sequence !== null })
          },
          failed,
        )
      case 'end':
        return surroundings.end(effect.ending)
    }
  }

  return {
    carryOut,
    close: async () => {
      clearTimeout(hiding)
      work.abort()
      await Promise.all(underWay)
      await connection?.session.close().catch(() => {})
      connection = null
    },
  }
}

/** Whose secret it is: the login as the tool reaches it. */
export function entryOf(answers: Answers) {
  return {
    user: answers.roles.login,
    host: answers.endpoint.host,
    port: answers.endpoint.port,
    databases: answers.databases.map(database => database.name),
  }
}
