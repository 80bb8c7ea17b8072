import type { AuthenticationMethod, RoleLayout } from '../../model/answers.ts'
import type { Problem } from '../../model/problem.ts'
import type { ExistingRole } from '../../model/server-facts.ts'
import {
  type AuthenticationAnswer,
  type AuthenticationInput,
  authenticationAnswer,
  authenticationInput,
  passwordChoice,
  roleProblems,
  rolesOf,
} from '../../steps/authentication.ts'
import { knownRole, stepAfter } from '../../steps/step.ts'
import { defaultLimits, vendorRoles } from '../../steps/tool.ts'
import { choiceInput, type FormState, fieldValue, form, textInput } from '../../terminal/form.ts'
import type { Key } from '../../terminal/key.ts'
import { textField } from '../../terminal/text-field.ts'
import type { Command } from '../keymap.ts'
import type { AuthenticationState, WizardState } from '../state.ts'
import { formKey } from './form-key.ts'
import { withProblems } from './question.ts'
import { type Update, update, updateTo } from './result.ts'

/** Enters the question; the fields are made once, from the answers or the vendor's names. */
export function enterAuthentication(state: WizardState): Update {
  const { connector } = state.facts
  if (connector === null) return update(state)
  if (state.authentication.form.fields.length > 0) return update(state)
  const roles = state.draft.roles ?? vendorRoles(connector, connector.layouts[0] ?? 'login')
  const input = authenticationInput(
    {
      authentication: state.draft.authentication ?? { method: 'password' },
      roles,
      limits: state.draft.limits ?? defaultLimits,
    },
    connector.roleNames.group,
  )
  return update(
    {
      ...state,
      authentication: {
        form: authenticationForm(state, input),
        problems: [],
        waiting: false,
        lookUpProblem: null,
      },
    },
    { kind: 'read-roles', names: rolesOf(roles).map(role => role.name) },
  )
}

function authenticationForm(state: WizardState, input: AuthenticationInput, focus?: string): FormState {
  const { connector } = state.facts
  return form(
    [
      choiceInput('method', connector?.authentication ?? ['password'], input.method),
      choiceInput('layout', connector?.layouts ?? ['login'], input.layout),
      ...(input.layout === 'group-and-login' ? [textInput('group', input.group)] : []),
      textInput('login', input.login),
      textInput('connectionLimit', input.connectionLimit),
      ...(input.method === 'aws-iam' ? [] : [textInput('validUntil', input.validUntil)]),
      textInput('statementTimeout', input.statementTimeout),
      choiceInput('readOnly', ['yes', 'no'], input.readOnly ? 'yes' : 'no'),
    ],
    focus,
  )
}

/** A key on the authentication's screen; null where it has no meaning there. */
export function authenticationKey(state: WizardState, command: Command | null, key: Key): Update | null {
  const { authentication } = state
  if (command === 'submit') return submit(state)
  const next = formKey(authentication, command, key)
  if (next === null) return null
  const moved = { ...next, waiting: false }
  const { focus } = next.form
  if (
    (focus === 'layout' || focus === 'method') &&
    fieldValue(next.form, focus) !== fieldValue(authentication.form, focus)
  )
    return update({ ...state, authentication: { ...moved, form: otherFields(state, next, focus) } })
  const changed: WizardState = { ...state, authentication: moved }
  // A name is looked up when one leaves its field.
  const left = authentication.form.focus
  if (next.form.focus !== left && (left === 'login' || left === 'group')) {
    const name = fieldValue(next.form, left)
    if (name !== '' && knownRole(state.facts, name) === undefined)
      return update(changed, { kind: 'read-roles', names: [name] })
  }
  return update(changed)
}

/**
 * Another layout or another way in has other fields; a layout brings the vendor's names for it where the former names
 * were the vendor's too.
 */
function otherFields(state: WizardState, next: AuthenticationState, focus: string): FormState {
  const { connector } = state.facts
  const input = inputOf(next.form)
  return authenticationForm(
    state,
    { ...input, group: input.group === '' ? (connector?.roleNames.group ?? '') : input.group },
    focus,
  )
}

function submit(state: WizardState): Update {
  const understood = understandingOf(state)
  if (!understood.ok)
    return update({ ...state, authentication: withProblems(state.authentication, understood.problems) })
  // Always asked anew: somebody may have made the role a moment ago.
  return update(
    {
      ...state,
      authentication: { ...state.authentication, waiting: true, lookUpProblem: null, problems: [] },
    },
    { kind: 'read-roles', names: rolesOf(understood.value.roles).map(role => role.name) },
  )
}

/** Leaves the step: the answer about the names is not waited for. */
export function leaveAuthentication(state: WizardState): WizardState {
  return { ...state, authentication: { ...state.authentication, waiting: false } }
}

/** The server said which of the names exist. */
export function rolesRead(state: WizardState, roles: Readonly<Record<string, ExistingRole | null>>): Update {
  const known: WizardState = {
    ...state,
    facts: { ...state.facts, roles: { ...state.facts.roles, ...roles } },
  }
  if (state.step !== 'authentication' || !state.authentication.waiting) return update(known)
  const understood = understandingOf(known)
  if (!understood.ok) return update(known)
  const problems = roleProblems(understood.value, known.facts)
  if (problems === 'unknown') return update(known)
  const answered: WizardState = {
    ...known,
    authentication: withProblems({ ...known.authentication, waiting: false }, problems),
  }
  // Nothing changes under a person who has just opened the help or asked to leave.
  if (problems.length > 0 || state.overlay !== null) return update(answered)
  const { login } = understood.value.roles
  const usesIam = understood.value.authentication.method === 'aws-iam'
  const choice = passwordChoice(understood.value, known.facts)
  const agreed = state.draft.replacePassword === true && state.draft.roles?.login === login
  if (choice === 'new' || choice === 'keep') return take(answered, understood.value, false)
  if (agreed) return take(answered, understood.value, true)
  return update({
    ...answered,
    overlay: {
      kind: 'confirm',
      about: usesIam ? 'give-up-password' : `${choice}-password`,
      word: login,
      typed: textField(''),
    },
  })
}

/** Takes the answer with the password that the login has. */
export function passwordKept(state: WizardState): Update {
  const understood = understandingOf(state)
  return understood.ok ? take({ ...state, overlay: null }, understood.value, false) : update(state)
}

/** Takes the answer after the name of the login was typed as a confirmation. */
export function replacementConfirmed(state: WizardState): Update {
  const understood = understandingOf(state)
  return understood.ok ? take({ ...state, overlay: null }, understood.value, true) : update(state)
}

/** The names could not be looked up. */
export function rolesFailed(state: WizardState, problem: Problem): Update {
  return update({
    ...state,
    authentication: { ...state.authentication, waiting: false, lookUpProblem: problem },
  })
}

function take(state: WizardState, answer: AuthenticationAnswer, replacePassword: boolean): Update {
  const draft = { ...state.draft, ...answer, replacePassword }
  return updateTo(stepAfter('authentication', draft), { ...state, draft })
}

function understandingOf({ authentication, draft, today }: WizardState) {
  const aws = draft.authentication?.method === 'aws-iam' ? draft.authentication.aws : undefined
  return authenticationAnswer(inputOf(authentication.form), today, aws)
}

function inputOf(fields: FormState): AuthenticationInput {
  const method: AuthenticationMethod = fieldValue(fields, 'method') === 'aws-iam' ? 'aws-iam' : 'password'
  const layout: RoleLayout['layout'] =
    fieldValue(fields, 'layout') === 'group-and-login' ? 'group-and-login' : 'login'
  return {
    method,
    layout,
    group: fieldValue(fields, 'group'),
    login: fieldValue(fields, 'login'),
    connectionLimit: fieldValue(fields, 'connectionLimit'),
    validUntil: fieldValue(fields, 'validUntil'),
    statementTimeout: fieldValue(fields, 'statementTimeout'),
    readOnly: fieldValue(fields, 'readOnly') === 'yes',
  }
}
