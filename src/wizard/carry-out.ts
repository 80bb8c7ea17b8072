import type { OpenedAws } from '../engine/aws/open-aws.ts'
import type { Answers, SecretAnswer } from '../model/answers.ts'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import { reveal, type Secret } from '../model/secret.ts'
import type { Sliced } from '../model/sliced.ts'
import type { Plan } from '../plan/plan.ts'
import type { ConnectionString } from '../postgres/connection-string.ts'
import { inSlices } from '../postgres/in-slices.ts'
import { rememberTlsAtOnce } from '../postgres/tls-at-once.ts'
import type { SecretStore } from '../secrets/store.ts'
import type { StoreContext } from '../secrets/stores.ts'
import { sameServer } from '../steps/connection.ts'
import { type AheadConnection, connectAhead, type NamedServer } from './connect-ahead.ts'
import type { Effect } from './effect.ts'
import type { WizardEvent } from './event.ts'
import type { RelationReader } from './relation-reader.ts'
import { type SavedFile, saveAgain, saveFile } from './save-file.ts'
import { connectToServer, type GivenPassword, type ServerConnection } from './server-connection.ts'

/** What the wizard may touch of the world around it. */
export interface Surroundings {
  /** The connection string of the command line; it may name a service or a password file. */
  readonly argument: ConnectionString
  /** A password that whoever started the wizard gives it, such as the demo's. */
  readonly given: GivenPassword | null
  /** A server that was named at the start, and a socket that is on its way there. */
  readonly named?: NamedServer | undefined
  /** The folder for files that are saved. */
  readonly outDir: string
  /** The folder for what is under way: the journal of an apply, answers half given. */
  readonly stateFolder: string
  readonly stores: StoreContext
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Writes to the terminal, past the screen. */
  readonly write: (text: string) => void
  /** Paints the whole screen again. */
  readonly repaint: () => void
  /** Stops the program as a job of its shell. */
  readonly suspend: () => void
  readonly end: () => void
}

export type Dispatch = (event: WizardEvent) => void

export interface Worker {
  carryOut(effect: Effect, dispatch: Dispatch): void
  /** Connects to the server that was named at the start, so that whoever asks for that connection need not wait. */
  connectAhead(): void
  /** The administrator's password on the connection in use, for what is done once the wizard is left; it goes with close(). */
  password(): Secret | undefined
  /** Whether something is under way that close() will wait for. */
  busy(): boolean
  /** Cancels what is under way and closes what is open; resolves when all of it has come to its end. */
  close(): Promise<void>
}

/** How long the password stays on the screen or in a clipboard, in milliseconds. */
const shownFor = 30_000

/** Carries out what the steps ask for, with the real outside worlds, each loaded when it is first needed. */
export function createWorker(surroundings: Surroundings): Worker {
  const tlsAtOnce = rememberTlsAtOnce(surroundings.stateFolder)
  let connection: ServerConnection | null = null
  /** Connected, and not yet said to be the one in use. */
  let offered: { readonly attempt: number; readonly connection: ServerConnection } | null = null
  /** Begun before anybody asked. */
  let ahead: AheadConnection | null = null
  let kept: { readonly answer: SecretAnswer; readonly store: SecretStore } | null = null
  /** Rehearsals and applies come one after the other: two would wait for each other's locks. */
  let engineWork: Promise<unknown> = Promise.resolve()
  let hiding: ReturnType<typeof setTimeout> | undefined
  /** A blank that is still to be sent after a password. */
  let blanking: { readonly timer: ReturnType<typeof setTimeout>; readonly send: () => void } | null = null
  /** One file a run: the same run writes over its own. */
  let savedAnswers: (SavedFile & { readonly tool: string }) | null = null
  let reader: RelationReader | null = null
  /** AWS as the plan under review was made with it. */
  let aws: OpenedAws | null = null
  /** A profile of AWS wants the six digits of a device. */
  let waitingForCode: ((code: string | null) => void) | null = null
  /** The long work that is wanted. */
  let working: number | null = null
  const cancellable = new Set<AbortController>()
  const underWay = new Set<Promise<void>>()

  const connected = (): ServerConnection => {
    if (connection === null) throw new ProblemError(notConnected)
    return connection
  }

  /** The connection to the server that a plan is for; another one is never touched. */
  const connectedFor = ({ server }: Plan): ServerConnection => {
    const here = connected()
    const { host, port, user } = here.target
    if (host !== server.host || port !== server.port || user !== server.user)
      throw new ProblemError(anotherServer)
    return here
  }

  /** Reads over the connection in use. What another one said, which is not in use any more, is not told. */
  const read = async (
    work: (from: ServerConnection) => Promise<WizardEvent>,
  ): Promise<WizardEvent | null> => {
    const from = connected()
    try {
      const event = await work(from)
      return from === connection ? event : null
    } catch (thrown) {
      if (from === connection) throw thrown
      return null
    }
  }

  /** Work that `cancel` ends. */
  const cancellably = async <Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> => {
    const controller = new AbortController()
    cancellable.add(controller)
    try {
      return await work(controller.signal)
    } finally {
      cancellable.delete(controller)
    }
  }

  /** Work of the engine, when the work before it has come to its end. */
  const inTurn = <Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> =>
    cancellably(signal => {
      const result = engineWork.then(() => work(signal))
      engineWork = result.catch(() => {})
      return result
    })

  const cancelAll = () => {
    for (const controller of cancellable) controller.abort()
    waitingForCode?.(null)
  }

  /** One store an answer, so that a password that is only shown is still there at the end. */
  const storeFor = async (
    answer: SecretAnswer,
    more: Pick<StoreContext, 'onSlow' | 'askPassphrase'> = {},
  ): Promise<SecretStore> => {
    if (kept !== null && JSON.stringify(kept.answer) === JSON.stringify(answer)) return kept.store
    const { secretStoreFor } = await import('../secrets/stores.ts')
    const store = await secretStoreFor(answer, { ...surroundings.stores, ...more })
    kept = { answer, store }
    return store
  }

  const passwordsOf = (typed: Secret | null) => ({
    typed,
    given: surroundings.given,
    argument: surroundings.argument,
  })

  const close = async (which: ServerConnection | undefined | null) => {
    await which?.session.close().catch(() => {})
  }

  /** Lets AWS ask the person for the digits of a device, as long as the work takes. */
  const asking = async <Result>(
    dispatch: Dispatch,
    work: (mfaCode: (device: string) => Promise<string>) => Promise<Result>,
  ): Promise<Result> => {
    try {
      return await work(
        device =>
          new Promise<string>((resolve, reject) => {
            waitingForCode?.(null)
            waitingForCode = code => (code === null ? reject(new ProblemError(noCode)) : resolve(code))
            dispatch({ kind: 'mfa-asked', device })
          }),
      )
    } finally {
      waitingForCode = null
    }
  }

  /** What there is in AWS for these answers, and what can change it; kept for the apply. */
  const openAwsFor = async (answers: Answers, dispatch: Dispatch): Promise<OpenedAws | null> => {
    aws?.work.connection.close()
    aws = null
    const { connectorById } = await import('../connectors/connectors.ts')
    const connector = connectorById(answers.tool)
    if (answers.authentication.method !== 'aws-iam' || connector === null) return null
    const { openAws } = await import('../engine/aws/open-aws.ts')
    const store = await storeFor(answers.secret)
    aws = await cancellably(signal =>
      asking(dispatch, mfaCode => openAws(answers, connector, store, { mfaCode, signal })),
    )
    return aws
  }

  /** Does what an effect asks for; gives the event that ends it, if one does. */
  const perform = async (effect: Effect, dispatch: Dispatch): Promise<WizardEvent | null> => {
    switch (effect.kind) {
      case 'connect': {
        const { attempt, server, password } = effect
        const result = await cancellably(async signal => {
          const begun = password === null ? await ahead?.take(server, signal) : await ahead?.close()
          return begun ?? connectToServer(server, passwordsOf(password), signal, { tlsAtOnce })
        })
        if (!result.ok) {
          const { problem, wantsPassword } = result
          return { kind: 'connect-failed', attempt, problem, wantsPassword }
        }
        await close(offered?.connection)
        offered = { attempt, connection: result.connection }
        return { kind: 'connected', attempt, server: result.connection.facts }
      }
      case 'use-connection': {
        if (offered?.attempt !== effect.attempt) return null
        const former = connection
        const formerReader = reader
        connection = offered.connection
        offered = null
        reader = null
        await formerReader?.close()
        await close(former)
        return null
      }
      case 'drop-connection': {
        if (offered?.attempt !== effect.attempt) return null
        const dropped = offered.connection
        offered = null
        await close(dropped)
        return null
      }
      case 'read-databases': {
        const { readDatabases } = await import('./server-reading.ts')
        return read(async from => ({
          kind: 'databases-read',
          databases: await readDatabases(from, databases => {
            if (from === connection) dispatch({ kind: 'databases-begun', databases })
          }),
        }))
      }
      case 'read-roles': {
        const { readRolesByName } = await import('./server-reading.ts')
        return read(async from => ({ kind: 'roles-read', roles: await readRolesByName(from, effect.names) }))
      }
      case 'read-addresses': {
        const { readVendorList } = await import('../addresses/vendor-addresses.ts')
        const { tool } = effect
        const { stateFolder } = surroundings
        const list = await cancellably(signal =>
          readVendorList(tool, { stateFolder, now: new Date(), signal }),
        )
        return list === null ? null : { kind: 'addresses-read', tool, list }
      }
      case 'read-address-file': {
        const { readAddressFile } = await import('../addresses/address-file.ts')
        return { kind: 'address-file-read', path: effect.path, read: await readAddressFile(effect.path) }
      }
      case 'read-hba': {
        const { tryReadHba } = await import('../engine/hba/read-hba.ts')
        const { question } = effect
        return read(async from => ({
          kind: 'hba-read',
          question,
          reading: await tryReadHba(from.session, from.facts.provider, question),
        }))
      }
      case 'read-relations': {
        // Nothing is begun only to be told that nothing is wanted.
        if (reader === null && effect.schemas.length === 0) return null
        const from = connected()
        const { createRelationReader } = await import('./relation-reader.ts')
        if (from !== connection) return null
        reader ??= createRelationReader(from.open, {
          read: schemas => dispatch({ kind: 'relations-read', schemas }),
          failed: problem => dispatch({ kind: 'relations-failed', problem }),
        })
        reader.want(effect.schemas)
        return null
      }
      case 'find-aws': {
        const { attempt } = effect
        const { findAws } = await import('./aws-reading.ts')
        const found = await cancellably(signal =>
          asking(dispatch, mfaCode => findAws(effect, { mfaCode, signal })),
        )
        return { kind: 'aws-found', attempt, result: { ok: true, value: found } }
      }
      case 'find-groups': {
        const { attempt, host } = effect
        const { findGroups } = await import('./aws-reading.ts')
        const found = await cancellably(signal =>
          asking(dispatch, mfaCode => findGroups({ host }, { mfaCode, signal })),
        )
        return { kind: 'groups-found', attempt, result: { ok: true, value: found } }
      }
      case 'give-mfa':
        waitingForCode?.(effect.code)
        return null
      case 'probe-store': {
        const { attempt, answer, passphrase, entry } = effect
        kept = null
        const store = await storeFor(answer, {
          onSlow: () => dispatch({ kind: 'store-slow', attempt }),
          ...(passphrase === null ? {} : { askPassphrase: async () => passphrase }),
        })
        const probed = await cancellably(signal => store.probe(signal, entry ?? undefined))
        return { kind: 'store-probed', attempt, problem: probed.works ? null : probed.problem }
      }
      case 'make-plan': {
        const { planFor } = await import('./plan-for.ts')
        const { server } = effect.answers
        return read(async from => {
          if (!sameServer(from.target, server)) throw new ProblemError(anotherServer)
          const opened = await openAwsFor(effect.answers, dispatch)
          return planFor(effect, from, surroundings.stateFolder, opened)
        })
      }
      case 'rehearse': {
        const { attempt, plan } = effect
        const { rehearse } = await import('../engine/rehearse.ts')
        const { open } = connectedFor(plan)
        const rehearsal = await inTurn(signal => rehearse({ plan, open, signal, onEvent: tell(dispatch) }))
        return { kind: 'rehearsed', attempt, rehearsal }
      }
      case 'apply': {
        const { applyPlan } = await import('./apply-plan.ts')
        const store = await storeFor(effect.answers.secret)
        const { outDir, stateFolder } = surroundings
        const { rememberPlace } = await import('../secrets/remembered-place.ts')
        rememberPlace(stateFolder, effect.answers.secret)
        const here = connectedFor(effect.plan)
        return inTurn(signal =>
          applyPlan(effect, {
            connection: here,
            store,
            aws: effect.plan.aws === undefined ? undefined : aws?.work,
            outDir,
            stateFolder,
            signal,
            onEvent: tell(dispatch),
          }),
        )
      }
      case 'cancel':
        cancelAll()
        return null
      case 'read-password': {
        const { keptEntryOf } = await import('../engine/secret-entry.ts')
        const store = await storeFor(effect.answers.secret)
        const found = await store.read(keptEntryOf(effect.answers, effect.plan, effect.keyId))
        if (found === null) throw new ProblemError(secretGone)
        return { kind: 'password-read', password: found }
      }
      case 'send-password': {
        const { keptEntryOf } = await import('../engine/secret-entry.ts')
        const { osc52Secret, throughTmux } = await import('../terminal/clipboard.ts')
        const store = await storeFor(effect.answers.secret)
        const found = await store.read(keptEntryOf(effect.answers, effect.plan, effect.keyId))
        if (found === null) throw new ProblemError(secretGone)
        const sequence = osc52Secret(reveal(found), surroundings.environment)
        const blank = osc52Secret(' ', surroundings.environment)
        if (sequence === null || blank === null) return { kind: 'password-sent', sent: false, through: '' }
        surroundings.write(sequence)
        clearTimeout(blanking?.timer)
        const send = () => {
          blanking = null
          surroundings.write(blank)
        }
        blanking = { timer: setTimeout(send, shownFor), send }
        return { kind: 'password-sent', sent: true, through: throughTmux(surroundings.environment) }
      }
      case 'hide-password-later':
        clearTimeout(hiding)
        hiding = setTimeout(() => dispatch({ kind: 'password-hidden' }), shownFor)
        return null
      case 'save': {
        const { what, name, text } = effect
        return { kind: 'saved', what, path: saveFile(surroundings.outDir, name, text) }
      }
      case 'save-answers': {
        const text = `${JSON.stringify(effect.answers, null, 2)}\n`
        if (savedAnswers?.text === text) return null
        const { tool } = effect.answers
        const path =
          savedAnswers?.tool === tool && saveAgain(savedAnswers, text)
            ? savedAnswers.path
            : saveFile(surroundings.outDir, `${tool}-answers.json`, text)
        savedAnswers = { path, text, tool }
        return { kind: 'saved', what: 'answers', path }
      }
      case 'copy': {
        const { osc52 } = await import('../terminal/clipboard.ts')
        const sequence = osc52(effect.text, surroundings.environment)
        if (sequence !== null) surroundings.write(sequence)
        return { kind: 'copied', sent: sequence !== null }
      }
      case 'work': {
        const { attempt } = effect
        working = attempt
        const settled = await inSlices(untilDropped(effect.work, () => working === attempt))
        return settled === null ? null : { kind: 'worked', attempt, settled }
      }
      case 'drop-work':
        if (working === effect.attempt) working = null
        return null
      case 'repaint':
        surroundings.repaint()
        return null
      case 'suspend':
        surroundings.suspend()
        return null
      case 'end':
        surroundings.end()
        return null
    }
  }

  return {
    carryOut: (effect, dispatch) => {
      const running = perform(effect, dispatch)
        .then(
          event => {
            if (event !== null) dispatch(event)
          },
          (thrown: unknown) => dispatch(failureOf(effect, problemOf(thrown))),
        )
        .finally(() => underWay.delete(running))
      underWay.add(running)
    },
    connectAhead: () => {
      const { named } = surroundings
      if (named === undefined) return
      ahead ??= connectAhead(named.server, signal =>
        connectToServer(named.server, passwordsOf(null), signal, { early: named.early, tlsAtOnce }),
      )
    },
    password: () => connection?.target.password,
    busy: () => underWay.size > 0,
    close: async () => {
      clearTimeout(hiding)
      clearTimeout(blanking?.timer)
      blanking?.send()
      cancelAll()
      working = null
      const unused = ahead?.close()
      await reader?.close()
      await Promise.allSettled(underWay)
      await unused
      aws?.work.connection.close()
      await Promise.all([close(offered?.connection), close(connection)])
      offered = null
      connection = null
    },
  }
}

/** Long work, given up as soon as nobody wants what it comes to: then null. */
function* untilDropped<Result>(work: Sliced<Result>, isWanted: () => boolean): Sliced<Result | null> {
  while (isWanted()) {
    const step = work.next()
    if (step.done === true) return step.value
    yield
  }
  return null
}

function tell(dispatch: Dispatch) {
  return (event: Extract<WizardEvent, { kind: 'engine' }>['event']) => dispatch({ kind: 'engine', event })
}

/** What an effect that threw means for the step that asked for it. */
function failureOf(effect: Effect, problem: Problem): WizardEvent {
  switch (effect.kind) {
    case 'connect':
      return { kind: 'connect-failed', attempt: effect.attempt, problem, wantsPassword: false }
    case 'work':
      return { kind: 'work-failed', attempt: effect.attempt, problem }
    case 'read-databases':
      return { kind: 'databases-failed', problem }
    case 'read-roles':
      return { kind: 'roles-failed', problem }
    case 'read-hba':
      return { kind: 'hba-read', question: effect.question, reading: { read: false, problem } }
    case 'read-relations':
      return { kind: 'relations-failed', problem }
    case 'find-aws':
      return { kind: 'aws-found', attempt: effect.attempt, result: { ok: false, problem } }
    case 'find-groups':
      return { kind: 'groups-found', attempt: effect.attempt, result: { ok: false, problem } }
    case 'probe-store':
      return { kind: 'store-probed', attempt: effect.attempt, problem }
    case 'make-plan':
      return { kind: 'plan-refused', attempt: effect.attempt, problems: [problem], facts: null }
    case 'rehearse': {
      const { attempt, plan } = effect
      const { database } = plan.server
      return { kind: 'rehearsed', attempt, rehearsal: { outcome: 'failed', problem, change: null, database } }
    }
    case 'apply':
      // applyPlan() itself does not throw: this was before it began.
      return { kind: 'applied', outcome: { outcome: 'failed-unchanged', problem, change: null }, done: null }
    case 'read-password':
    case 'send-password':
      return { kind: 'password-failed', problem }
    default:
      return { kind: 'failed', problem }
  }
}

const noCode: Problem = {
  code: 'aws-no-code',
  message: 'The six digits were not given, so AWS was not asked.',
}

const notConnected: Problem = {
  code: 'not-connected',
  message: 'There is no connection to the server.',
  next: 'Go back to the connection.',
}

const anotherServer: Problem = {
  code: 'another-server',
  message: 'The plan is for another server, or another administrator, than the one that is connected.',
  next: 'Go back to the connection.',
}

const secretGone: Problem = {
  code: 'secret-gone',
  message: 'The password is not where it was put any more.',
}
