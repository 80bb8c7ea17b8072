import type { TlsMode } from '../../model/answers.ts'
import type { Problem } from '../../model/problem.ts'
import { secret } from '../../model/secret.ts'
import type { ServerFacts } from '../../model/server-facts.ts'
import {
  type ConnectionInput,
  chooseServer,
  connectionAnswer,
  sameConnection,
  sameServer,
  tlsModes,
} from '../../steps/connection.ts'
import { choiceInput, type FormState, fieldValue, form, textInput } from '../../terminal/form.ts'
import type { Key } from '../../terminal/key.ts'
import type { Command } from '../keymap.ts'
import type { ConnectionState, WizardState } from '../state.ts'
import { fieldsOfString, isConnectionString, isUrl } from './connection-string.ts'
import { formKey } from './form-key.ts'
import { clearedNotice, withNotice } from './notice.ts'
import { emptyQuestion, withProblems } from './question.ts'
import { type Update, update, updateTo } from './result.ts'

/** The form with these values; the password has a field only where one is wanted or given. */
export function connectionForm(input: ConnectionInput, password: string | null, focus?: string): FormState {
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
      ...(password === null ? [] : [textInput('password', password)]),
    ],
    focus,
  )
}

/** A key on the connection's screen; null where it has no meaning there. */
export function connectionKey(state: WizardState, command: Command | null, key: Key): Update | null {
  const { connection } = state
  if (command === 'cancel')
    return update(
      withNotice({ ...state, connection: changed(connection) }, 'Not connected: the attempt was cancelled.'),
      ...endAttempt(connection),
    )
  if (command === 'submit') return submit(state)
  if (command === 'reload') return connection.status === 'connecting' ? update(state) : tryConnection(state)
  // Taken apart before it stands anywhere: it may hold a password.
  if (key.name === 'paste' && isForAllFields(key.text ?? '', connection.form.focus))
    return update(pasted(state, key.text ?? ''), ...endAttempt(connection))
  const next = formKey(connection, command, key)
  if (next === null) return null
  if (next.form.fields === connection.form.fields) return update({ ...state, connection: next })
  const { [next.form.focus]: _typed, ...sources } = next.sources
  const withCa =
    next.form.focus === 'tls'
      ? { ...next, form: connectionForm(inputOf(next.form), passwordOf(next.form), 'tls') }
      : next
  return update({ ...state, connection: changed({ ...withCa, sources }) }, ...endAttempt(connection))
}

function submit(before: WizardState): Update {
  const { status } = before.connection
  if (status === 'connecting') return update(before)
  const typed = fieldValue(before.connection.form, 'host')
  const state = isConnectionString(typed) ? pasted(before, typed) : before
  if (state.connection.problems.some(({ problem }) => problem.code === 'bad-connection-string'))
    return update(state)
  const understood = connectionAnswer(inputOf(state.connection.form))
  const stands = status === 'connected' || status === 'reading'
  if (stands && understood.ok && sameConnection(state.draft.server, understood.value))
    return updateTo('endpoint', state)
  return tryConnection(state)
}

/** Tries the connection with what stands in the fields. */
export function tryConnection(state: WizardState): Update {
  const { connection } = state
  const understood = connectionAnswer(inputOf(connection.form))
  if (!understood.ok) return update({ ...state, connection: withProblems(connection, understood.problems) })
  const attempt = connection.attempt + 1
  const typed = passwordOf(connection.form)
  return update(
    { ...state, connection: { ...connection, attempt, status: 'connecting', problem: null, problems: [] } },
    {
      kind: 'connect',
      attempt,
      server: understood.value,
      password: typed === null || typed === '' ? null : secret(typed),
    },
  )
}

/** A URL is one in whatever field it is pasted; pairs in the host's, the others may have `=` in them. */
function isForAllFields(text: string, focus: string): boolean {
  if (focus === 'password') return false
  return focus === 'host' ? isConnectionString(text) : isUrl(text)
}

/** Fills the fields from a connection string; what it does not name stays as it is. */
function pasted(state: WizardState, text: string): WizardState {
  const { connection } = state
  const read = fieldsOfString(text)
  if (!read.ok)
    return {
      ...state,
      connection: {
        ...changed(connection),
        problems: [{ field: 'host', problem: read.problem }],
      },
    }
  const { input, password, notUsed } = read.value
  const filled = Object.keys(input).map(field => [field, 'pasted'] as const)
  // A password that was typed for another server does not go along.
  const kept = password ?? (passwordOf(connection.form) === null ? null : '')
  return {
    ...state,
    notice: notUsed.length === 0 ? state.notice : `Not used of what was pasted: ${notUsed.join(', ')}.`,
    connection: {
      ...changed(connection),
      form: connectionForm({ ...inputOf(connection.form), ...input }, kept, 'host'),
      problems: [],
      sources: { ...connection.sources, ...Object.fromEntries(filled) },
    },
  }
}

/** Leaves the step: an answer that comes later is not heard. */
export function leaveConnection(state: WizardState): Update {
  const { connection } = state
  if (connection.status !== 'connecting') return update(state)
  return update({ ...state, connection: changed(connection) }, ...endAttempt(connection))
}

/** The connection with other fields: what was said about the former ones no longer holds. */
function changed(connection: ConnectionState): ConnectionState {
  return { ...connection, status: 'idle', problem: null, attempt: connection.attempt + 1 }
}

function endAttempt({ status }: ConnectionState) {
  return status === 'connecting' ? [{ kind: 'cancel' } as const] : []
}

/** The server answered: what was chosen on another one is cleared, and its databases are read ahead. */
export function connected(state: WizardState, attempt: number, server: ServerFacts): Update {
  const { connection } = state
  const input = inputOf(connection.form)
  const understood = connectionAnswer(input)
  if (attempt !== connection.attempt || !understood.ok)
    return update(state, { kind: 'drop-connection', attempt })
  const { draft, cleared } = chooseServer(state.draft, understood.value)
  const same = sameServer(state.draft.server, understood.value)
  const { takingUp } = state
  return update(
    {
      ...state,
      draft,
      ...(takingUp === null ? {} : same ? { reached: takingUp.reached } : { takingUp: null }),
      notice: clearedNotice(cleared),
      facts: { ...state.facts, server, ...(same ? {} : { databases: [], roles: {} }) },
      connection: {
        ...connection,
        // The typed password is in use now and is not needed here any more.
        form: connectionForm(input, null, 'host'),
        status: 'reading',
        problem: null,
      },
      schemas: { status: 'reading', problem: null, picker: null, names: [], setAside: new Map() },
      tables: { ...state.tables, status: 'idle', picker: null },
      // Made anew from the answers, which another server has changed.
      ...(same
        ? {}
        : { endpoint: emptyQuestion, authentication: { ...state.authentication, ...emptyQuestion } }),
    },
    { kind: 'use-connection', attempt },
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
  // A password that was wrong is typed anew; one that was not the reason stays.
  const form = wantsPassword
    ? connectionForm(input, '', 'password')
    : connectionForm(input, passwordOf(connection.form), fieldOf(problem) ?? connection.form.focus)
  return update({ ...state, connection: { ...connection, status: 'idle', problem, form } })
}

/** The field that most likely has to change. */
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

/** What stands in the password's field; null where there is none. */
function passwordOf(state: FormState): string | null {
  return state.fields.some(field => field.id === 'password') ? fieldValue(state, 'password') : null
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
