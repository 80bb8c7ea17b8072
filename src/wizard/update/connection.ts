import type { ServerAnswer, TlsMode } from '../../model/answers.ts'
import type { Problem } from '../../model/problem.ts'
import type { ServerFacts } from '../../model/server-facts.ts'
import {
  type ConnectionInput,
  chooseServer,
  connectionAnswer,
  sameServer,
  tlsModes,
} from '../../steps/connection.ts'
import { choiceInput, type FormState, fieldValue, focusOn, form, textInput } from '../../terminal/form.ts'
import type { Key } from '../../terminal/key.ts'
import type { Command } from '../keymap.ts'
import type { ConnectionState, WizardState } from '../state.ts'
import { formKey } from './form-key.ts'
import { clearedNotice } from './notice.ts'
import { emptyQuestion } from './question.ts'
import { type Update, update, updateTo } from './result.ts'

/** The form with these values; the password has a field only while the server wants one. */
export function connectionForm(input: ConnectionInput, wantsPassword: boolean, focus?: string): FormState {
  const verifies = input.tls === 'verify-ca' || input.tls === 'verify-full'
  return form(
    [
      textInput('host', input.host),
      textInput('port', input.port),
      textInput('database', input.database),
      textInput('user', input.user),
      choiceInput(
        'tls',
        tlsModes.map(each => each.mode),
        input.tls,
      ),
      ...(verifies ? [textInput('caFile', input.caFile)] : []),
      ...(wantsPassword ? [textInput('password', '')] : []),
    ],
    focus,
  )
}

/** The fields of an answer. */
export function connectionInputOf(server: ServerAnswer): ConnectionInput {
  return { ...server, port: String(server.port), caFile: server.caFile ?? '' }
}

export function enterConnection(state: WizardState): Update {
  return update(state)
}

export function connectionKey(state: WizardState, command: Command | null, key: Key): Update | null {
  if (command === 'reload') return tryConnection(state)
  if (command === 'submit') {
    const understood = connectionAnswer(inputOf(state.connection.form))
    const { status } = state.connection
    if (status === 'connecting') return update(state)
    if (
      (status === 'connected' || status === 'reading') &&
      understood.ok &&
      sameAnswer(state.draft.server, understood.value)
    )
      return updateTo('endpoint', state)
    return tryConnection(state)
  }
  const next = formKey(state.connection, command, key)
  if (next === null) return null
  const edited = next.form.fields !== state.connection.form.fields
  if (!edited) return update({ ...state, connection: next })
  const { [next.form.focus]: _typed, ...sources } = next.sources
  const input = inputOf(next.form)
  const withCa =
    next.form.focus === 'tls' ? { ...next, form: connectionForm(input, hasPassword(next.form), 'tls') } : next
  return update({
    ...state,
    connection: { ...withCa, sources, status: 'idle', problem: null, attempt: next.attempt + 1 },
  })
}

/** Tries the connection with what stands in the fields. */
export function tryConnection(state: WizardState): Update {
  const { connection } = state
  const understood = connectionAnswer(inputOf(connection.form))
  if (!understood.ok) {
    const [first] = understood.problems
    return update({
      ...state,
      connection: {
        ...connection,
        problems: understood.problems,
        form: first === undefined ? connection.form : focusOn(connection.form, first.field),
      },
    })
  }
  const attempt = connection.attempt + 1
  const typed = fieldValue(connection.form, 'password')
  return update(
    { ...state, connection: { ...connection, attempt, status: 'connecting', problem: null, problems: [] } },
    { kind: 'connect', attempt, server: understood.value, password: typed === '' ? null : typed },
  )
}

/** The server answered: what was chosen on another one is cleared, and its databases are read ahead. */
export function connected(state: WizardState, attempt: number, server: ServerFacts): Update {
  const { connection } = state
  if (attempt !== connection.attempt) return update(state)
  const input = inputOf(connection.form)
  const understood = connectionAnswer(input)
  if (!understood.ok) return update(state)
  const { draft, cleared } = chooseServer(state.draft, understood.value)
  const same = sameServer(state.draft.server, understood.value)
  return update(
    {
      ...state,
      draft,
      notice: clearedNotice(cleared),
      facts: { ...state.facts, server, ...(same ? {} : { databases: [], roles: {} }) },
      connection: {
        ...connection,
        // The typed password is in use now and is not needed here any more.
        form: connectionForm(input, false, 'host'),
        status: 'reading',
        problem: null,
      },
      schemas: { status: 'reading', problem: null, picker: null, names: [] },
      tables: { ...state.tables, status: 'idle', picker: null },
      // Made anew from the answers, which another server has changed.
      ...(same
        ? {}
        : { endpoint: emptyQuestion, authentication: { ...state.authentication, ...emptyQuestion } }),
    },
    { kind: 'read-databases' },
  )
}

/** The server did not answer, or not with yes. */
export function connectFailed(
  state: WizardState,
  attempt: number,
  problem: Problem,
  wantsPassword: boolean,
): Update {
  const { connection } = state
  if (attempt !== connection.attempt) return update(state)
  const input = inputOf(connection.form)
  const next: ConnectionState = {
    ...connection,
    status: 'idle',
    problem,
    form: wantsPassword
      ? connectionForm(input, true, 'password')
      : connectionForm(input, false, fieldOf(problem) ?? connection.form.focus),
  }
  return update({ ...state, connection: next })
}

function fieldOf(problem: Problem): string | null {
  switch (problem.code) {
    case 'database-missing':
      return 'database'
    case 'role-missing':
      return 'user'
    case 'unknown-host':
    case 'socket-missing':
      return 'host'
    case 'refused':
    case 'not-postgres':
      return 'port'
    case 'tls-refused':
    case 'tls-untrusted':
      return 'tls'
    default:
      return null
  }
}

function hasPassword(state: FormState): boolean {
  return state.fields.some(field => field.id === 'password')
}

function inputOf(state: FormState): ConnectionInput {
  const tls = fieldValue(state, 'tls')
  return {
    host: fieldValue(state, 'host'),
    port: fieldValue(state, 'port'),
    database: fieldValue(state, 'database'),
    user: fieldValue(state, 'user'),
    tls: isTlsMode(tls) ? tls : 'prefer',
    caFile: fieldValue(state, 'caFile'),
  }
}

function isTlsMode(text: string): text is TlsMode {
  return tlsModes.some(each => each.mode === text)
}

function sameAnswer(a: ServerAnswer | undefined, b: ServerAnswer): boolean {
  return sameServer(a, b) && a?.database === b.database && a.tls === b.tls && a.caFile === b.caFile
}
