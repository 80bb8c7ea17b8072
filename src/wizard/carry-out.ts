import type { Answers, SecretAnswer } from '../model/answers.ts'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import { reveal, type Secret, secret } from '../model/secret.ts'
import type { SecretStore } from '../secrets/store.ts'
import type { StoreContext } from '../secrets/stores.ts'
import type { Effect } from './effect.ts'
import type { WizardEvent } from './event.ts'
import { saveFile } from './save-file.ts'
import { connectToServer, type ServerConnection } from './server-connection.ts'
import type { Ending } from './state.ts'

/** What the wizard may touch of the world around it. */
export interface Surroundings {
  /** A password that whoever started the wizard gives it, such as the demo's. */
  readonly givenPassword: Secret | null
  /** The folder for files that are saved. */
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
  /** Cancels what is under way and closes what is open; resolves when all of it has come to its end. */
  close(): Promise<void>
}

/** How long the password stays on the screen, in milliseconds. */
const shownFor = 30_000

/** Carries out what the steps ask for, with the real outside worlds, each loaded when it is first needed. */
export function createWorker(surroundings: Surroundings): Worker {
  let connection: ServerConnection | null = null
  let kept: { readonly answer: SecretAnswer; readonly store: SecretStore } | null = null
  let work = new AbortController()
  let hiding: ReturnType<typeof setTimeout> | undefined
  let savedAnswers: string | null = null
  const underWay = new Set<Promise<void>>()

  const connected = (): ServerConnection => {
    if (connection === null) throw new ProblemError(notConnected)
    return connection
  }

  const begin = (): AbortSignal => {
    work = new AbortController()
    return work.signal
  }

  /** One store an answer, so that a password that is only shown is still there at the end. */
  const storeFor = async (answer: SecretAnswer, onSlow: () => void = () => {}): Promise<SecretStore> => {
    if (kept !== null && JSON.stringify(kept.answer) === JSON.stringify(answer)) return kept.store
    const { secretStoreFor } = await import('../secrets/stores.ts')
    const store = await secretStoreFor(answer, { ...surroundings.stores, onSlow })
    kept = { answer, store }
    return store
  }

  /** Does what an effect asks for; gives the event that ends it, if one does. */
  const perform = async (effect: Effect, dispatch: Dispatch): Promise<WizardEvent | null> => {
    switch (effect.kind) {
      case 'connect': {
        const { attempt, server, password } = effect
        const result = await connectToServer(server, {
          typed: password === null ? null : secret(password),
          given: surroundings.givenPassword,
        })
        if (!result.ok)
          return {
            kind: 'connect-failed',
            attempt,
            problem: result.problem,
            wantsPassword: result.wantsPassword,
          }
        await connection?.session.close().catch(() => {})
        connection = result.connection
        return { kind: 'connected', attempt, server: result.connection.facts }
      }
      case 'read-databases': {
        const { readDatabases } = await import('./server-reading.ts')
        return { kind: 'databases-read', databases: await readDatabases(connected()) }
      }
      case 'read-roles': {
        const { readRoles } = await import('./server-reading.ts')
        return { kind: 'roles-read', roles: await readRoles(connected(), effect.names) }
      }
      case 'read-relations': {
        const { readRelationsOf } = await import('./server-reading.ts')
        return { kind: 'relations-read', schemas: await readRelationsOf(connected(), effect.schemas) }
      }
      case 'probe-store': {
        const { attempt, answer } = effect
        kept = null
        const signal = begin()
        const store = await storeFor(answer, () => dispatch({ kind: 'store-slow', attempt }))
        const probed = await store.probe(signal)
        return { kind: 'store-probed', attempt, problem: probed.works ? null : probed.problem }
      }
      case 'make-plan': {
        const { planFor } = await import('./plan-for.ts')
        return planFor(effect.answers, connected())
      }
      case 'rehearse': {
        const { rehearse } = await import('../engine/rehearse.ts')
        const onEvent = tell(dispatch)
        const rehearsal = await rehearse({
          plan: effect.plan,
          open: connected().open,
          signal: begin(),
          onEvent,
        })
        return { kind: 'rehearsed', rehearsal }
      }
      case 'apply': {
        const { applyPlan } = await import('./apply-plan.ts')
        const store = await storeFor(effect.answers.secret)
        const { outDir } = surroundings
        return applyPlan(effect, {
          connection: connected(),
          store,
          outDir,
          signal: begin(),
          onEvent: tell(dispatch),
        })
      }
      case 'cancel':
        work.abort()
        return null
      case 'read-password': {
        const { secretEntryOf } = await import('../engine/secret-entry.ts')
        const store = await storeFor(effect.answers.secret)
        const found = await store.read(secretEntryOf(effect.answers))
        if (found === null) throw new ProblemError(secretGone)
        return { kind: 'password-read', password: reveal(found) }
      }
      case 'hide-password-later':
        clearTimeout(hiding)
        hiding = setTimeout(() => dispatch({ kind: 'password-hidden' }), shownFor)
        return null
      case 'save':
        return {
          kind: 'saved',
          what: effect.what,
          path: saveFile(surroundings.outDir, effect.name, effect.text),
        }
      case 'save-answers': {
        const text = answersText(effect.answers)
        // The same answers twice are one file.
        if (savedAnswers === text) return null
        savedAnswers = text
        const path = saveFile(surroundings.outDir, `${effect.answers.tool}-answers.json`, text)
        return { kind: 'saved', what: 'answers', path }
      }
      case 'copy': {
        const { osc52 } = await import('../terminal/clipboard.ts')
        const sequence = osc52(effect.text, surroundings.environment)
        if (sequence !== null) surroundings.write(sequence)
        return { kind: 'copied', sent: sequence !== null }
      }
      case 'end':
        surroundings.end(effect.ending)
        return null
    }
  }

  return {
    carryOut: (effect, dispatch) => {
      const running = perform(effect, dispatch).then(
        event => {
          if (event !== null) dispatch(event)
        },
        (thrown: unknown) => dispatch(failureOf(effect, problemOf(thrown))),
      )
      underWay.add(running)
      running.finally(() => underWay.delete(running))
    },
    close: async () => {
      clearTimeout(hiding)
      work.abort()
      await Promise.all(underWay)
      await connection?.session.close().catch(() => {})
      connection = null
    },
  }
}

function tell(dispatch: Dispatch) {
  return (event: Extract<WizardEvent, { kind: 'engine' }>['event']) => dispatch({ kind: 'engine', event })
}

/** What an effect that threw means for the step that asked for it. */
function failureOf(effect: Effect, problem: Problem): WizardEvent {
  switch (effect.kind) {
    case 'connect':
      return { kind: 'connect-failed', attempt: effect.attempt, problem, wantsPassword: false }
    case 'read-databases':
      return { kind: 'databases-failed', problem }
    case 'read-roles':
      return { kind: 'roles-failed', problem }
    case 'read-relations':
      return { kind: 'relations-failed', problem }
    case 'probe-store':
      return { kind: 'store-probed', attempt: effect.attempt, problem }
    case 'make-plan':
      return { kind: 'plan-refused', problems: [problem], facts: null }
    case 'rehearse': {
      const { database } = effect.plan.server
      return { kind: 'rehearsed', rehearsal: { outcome: 'failed', problem, change: null, database } }
    }
    case 'apply':
      return { kind: 'applied', outcome: { outcome: 'failed-unchanged', problem, change: null }, done: null }
    case 'read-password':
      return { kind: 'password-failed', problem }
    default:
      return { kind: 'failed', problem }
  }
}

/** The answers as a document for a file. */
function answersText(answers: Answers): string {
  return `${JSON.stringify(answers, null, 2)}\n`
}

const notConnected: Problem = {
  code: 'not-connected',
  message: 'There is no connection to the server.',
  next: 'Go back to the connection.',
}

const secretGone: Problem = {
  code: 'secret-gone',
  message: 'The password is not where it was put any more.',
}
