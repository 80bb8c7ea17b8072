import type { SecretStoreKind } from '../../model/answers.ts'
import type { Problem } from '../../model/problem.ts'
import { secretAnswer } from '../../steps/secret.ts'
import { choiceInput, type FormState, fieldValue, form, textInput } from '../../terminal/form.ts'
import type { Key } from '../../terminal/key.ts'
import type { Command } from '../keymap.ts'
import type { SecretState, WizardState } from '../state.ts'
import { formKey } from './form-key.ts'
import { withProblems } from './question.ts'
import { type Update, update, updateTo } from './result.ts'

/** Enters the question; what was typed stays, what was tried is tried again. */
export function enterSecret(state: WizardState): Update {
  if (state.secret.form.fields.length > 0)
    return update({ ...state, secret: { ...state.secret, status: 'idle', slow: false, problem: null } })
  const { secret } = state.draft
  const store = secret?.store ?? state.secret.places[0]?.answer.store ?? 'keychain'
  const path = secret?.store === 'passfile' ? secret.path : offeredPath(state)
  return update({
    ...state,
    secret: {
      ...state.secret,
      form: secretForm(state, store, path),
      problems: [],
      problem: null,
      status: 'idle',
      slow: false,
    },
  })
}

function secretForm(state: WizardState, store: SecretStoreKind, path: string, focus?: string): FormState {
  const stores = state.secret.places.map(place => place.answer.store)
  return form(
    [choiceInput('store', stores, store), ...(store === 'passfile' ? [textInput('path', path)] : [])],
    focus,
  )
}

/** A key on the secret's screen; null where it has no meaning there. */
export function secretKey(state: WizardState, command: Command | null, key: Key): Update | null {
  const { secret } = state
  if (command === 'submit') return secret.status === 'probing' ? update(state) : probe(state)
  const next = formKey(secret, command, key)
  if (next === null) return null
  if (next.form.fields === secret.form.fields) return update({ ...state, secret: next })
  const input = inputOf(next)
  const changed = input.store !== inputOf(secret).store
  const form = changed ? secretForm(state, input.store, offeredPath(state), 'store') : next.form
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
  const attempt = state.secret.attempt + 1
  return update(
    {
      ...state,
      draft: { ...state.draft, secret: understood.value },
      secret: { ...state.secret, attempt, status: 'probing', slow: false, problem: null, problems: [] },
    },
    { kind: 'probe-store', attempt, answer: understood.value },
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

function offeredPath(state: WizardState): string {
  for (const { answer } of state.secret.places) if (answer.store === 'passfile') return answer.path
  return ''
}

function inputOf(secret: SecretState): { readonly store: SecretStoreKind; readonly path: string } {
  const store = fieldValue(secret.form, 'store')
  return {
    store: store === 'passfile' || store === 'show-once' ? store : 'keychain',
    path: fieldValue(secret.form, 'path'),
  }
}
