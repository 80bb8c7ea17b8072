import { secretEntryOf } from '../../engine/secret-entry.ts'
import type { SecretAnswer, SecretStoreKind } from '../../model/answers.ts'
import type { Problem } from '../../model/problem.ts'
import { serviceNameFrom } from '../../model/service-stanza.ts'
import { hasAccessKey } from '../../plan/iam-login.ts'
import type { StorePlace } from '../../secrets/places.ts'
import { type SecretInput, secretAnswer } from '../../steps/secret.ts'
import {
  choiceInput,
  type FormField,
  type FormState,
  fieldValue,
  form,
  textInput,
} from '../../terminal/form.ts'
import type { Key } from '../../terminal/key.ts'
import type { Command } from '../keymap.ts'
import type { SecretState, WizardState } from '../state.ts'
import { formKey } from './form-key.ts'
import { withProblems } from './question.ts'
import { type Update, update, updateTo } from './result.ts'

/** Enters the question; what was typed stays, what was tried is tried again. */
export function enterSecret(state: WizardState): Update {
  const idle = { status: 'idle', slow: false, problem: null } as const
  const { form } = state.secret
  const offered = placesFor(state)
  // What was typed stays, as long as it is for something of the same kind.
  const stale = !offered.some(({ answer }) => answer.store === fieldValue(form, 'store'))
  if (form.fields.length > 0 && !stale)
    return update({ ...state, secret: { ...state.secret, ...idle, form: withPlaces(form, offered) } })
  return update({
    ...state,
    secret: {
      ...state.secret,
      ...idle,
      form: secretForm(state, offeredInput(state, answeredFor(state))),
      problems: [],
    },
  })
}

/** The fields that the chosen store asks for. */
function secretForm(state: WizardState, input: SecretInput, focus?: string): FormState {
  const stores = placesFor(state).map(place => place.answer.store)
  return form([choiceInput('store', stores, input.store), ...fieldsOf(input)], focus)
}

function fieldsOf(input: SecretInput): readonly FormField[] {
  switch (input.store) {
    case 'passfile':
      return [textInput('path', input.path), textInput('service', input.service)]
    case 'age':
      return [
        textInput('folder', input.folder),
        choiceInput('lock', ['passphrase', 'recipient'], input.lock),
        ...(input.lock === 'passphrase'
          ? [textInput('passphrase', input.passphrase), textInput('again', input.again)]
          : [textInput('recipient', input.recipient), textInput('identity', input.identity)]),
      ]
    default:
      return []
  }
}

/** A key on the secret's screen; null where it has no meaning there. */
export function secretKey(state: WizardState, command: Command | null, key: Key): Update | null {
  const { secret } = state
  if (command === 'submit') return secret.status === 'probing' ? update(state) : probe(state)
  const next = formKey(secret, command, key)
  if (next === null) return null
  if (next.form.fields === secret.form.fields) return update({ ...state, secret: next })
  const [before, input] = [inputOf(secret), inputOf(next)]
  const form =
    input.store !== before.store
      ? secretForm(state, { ...offeredInput(state, null), store: input.store }, 'store')
      : input.lock !== before.lock
        ? secretForm(state, input, 'lock')
        : next.form
  return update({ ...state, secret: untried({ ...next, form }) }, ...endProbe(secret))
}

/** Leaves the step: a probe that waits for a dialog is ended, an answer that comes later is not heard. */
export function leaveSecret(state: WizardState): Update {
  const { secret } = state
  if (secret.status !== 'probing') return update(state)
  return update({ ...state, secret: untried(secret) }, ...endProbe(secret))
}

function untried(secret: SecretState): SecretState {
  return { ...secret, status: 'idle', slow: false, problem: null, attempt: secret.attempt + 1 }
}

function endProbe({ status }: SecretState) {
  return status === 'probing' ? [{ kind: 'cancel' } as const] : []
}

/** Before anything is made on the server: a canary is written, read back and deleted. */
function probe(state: WizardState): Update {
  const understood = secretAnswer(inputOf(state.secret))
  if (!understood.ok) return update({ ...state, secret: withProblems(state.secret, understood.problems) })
  const { answer, passphrase } = understood.value
  const { roles, endpoint, databases } = state.draft
  const entry = roles && endpoint && databases ? secretEntryOf({ roles, endpoint, databases }) : null
  const attempt = state.secret.attempt + 1
  return update(
    {
      ...state,
      draft: { ...state.draft, secret: answer },
      secret: { ...state.secret, attempt, status: 'probing', slow: false, problem: null, problems: [] },
    },
    { kind: 'probe-store', attempt, answer, passphrase, entry },
  )
}

/** The place takes its time. */
export function storeSlow(state: WizardState, attempt: number): Update {
  if (attempt !== state.secret.attempt) return update(state)
  return update({ ...state, secret: { ...state.secret, slow: true } })
}

/** The place works, or says why not. */
export function storeProbed(state: WizardState, attempt: number, problem: Problem | null): Update {
  if (attempt !== state.secret.attempt) return update(state)
  const probed: WizardState = {
    ...state,
    secret: { ...state.secret, status: problem === null ? 'works' : 'fails', slow: false, problem },
  }
  return problem === null && state.step === 'secret' && state.overlay === null
    ? updateTo('review', probed)
    : update(probed)
}

/** The places for what is kept: the credentials file of AWS is for access keys alone. */
function placesFor({ secret, draft }: WizardState): readonly StorePlace[] {
  return secret.places.filter(({ answer }) => answer.store !== 'aws-credentials' || hasAccessKey(draft))
}

function answeredFor(state: WizardState): SecretAnswer | null {
  const { secret = null } = state.draft
  return secret !== null && placesFor(state).some(({ answer }) => answer.store === secret.store)
    ? secret
    : null
}

function withPlaces(form: FormState, places: readonly StorePlace[]): FormState {
  const stores = places.map(({ answer }) => answer.store)
  return {
    ...form,
    fields: form.fields.map(field =>
      field.kind === 'choice' && field.id === 'store' ? { ...field, options: stores } : field,
    ),
  }
}

/** What stands in the fields at first: what was answered, else what is offered. */
function offeredInput(state: WizardState, answered: SecretAnswer | null): SecretInput {
  const { secret, draft } = state
  const offered = (store: SecretStoreKind) =>
    answered?.store === store ? answered : secret.places.find(({ answer }) => answer.store === store)?.answer
  const passfile = offered('passfile')
  const age = offered('age')
  const login = draft.roles?.login
  // A file that was chosen without a service is not given one.
  const service = answered === null && login !== undefined ? serviceNameFrom(login) : ''
  return {
    store: answered?.store ?? placesFor(state)[0]?.answer.store ?? 'keychain',
    path: passfile?.store === 'passfile' ? passfile.path : '',
    service: passfile?.store === 'passfile' ? (passfile.service ?? service) : service,
    folder: age?.store === 'age' ? age.folder : '',
    lock: age?.store === 'age' && age.recipient !== undefined ? 'recipient' : 'passphrase',
    passphrase: '',
    again: '',
    recipient: age?.store === 'age' ? (age.recipient ?? '') : '',
    identity: age?.store === 'age' ? (age.identity ?? '') : '',
  }
}

function inputOf({ form, places }: SecretState): SecretInput {
  const text = (id: string) => fieldValue(form, id)
  const chosen = places.find(({ answer }) => answer.store === text('store'))
  return {
    store: chosen?.answer.store ?? 'keychain',
    path: text('path'),
    service: text('service'),
    folder: text('folder'),
    lock: text('lock') === 'recipient' ? 'recipient' : 'passphrase',
    passphrase: text('passphrase'),
    again: text('again'),
    recipient: text('recipient'),
    identity: text('identity'),
  }
}
