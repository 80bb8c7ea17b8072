import { type AwsInput, awsAnswer, awsFields, awsInput, defaultAwsAnswers } from '../../steps/aws.ts'
import { stepAfter } from '../../steps/step.ts'
import {
  choiceInput,
  type FormField,
  type FormState,
  fieldValue,
  form,
  textInput,
} from '../../terminal/form.ts'
import type { Key } from '../../terminal/key.ts'
import { textField } from '../../terminal/text-field.ts'
import type { WizardEvent } from '../event.ts'
import type { Command } from '../keymap.ts'
import type { AwsState, WizardState } from '../state.ts'
import { formKey } from './form-key.ts'
import { emptyQuestion, withProblems } from './question.ts'
import { type Update, update, updateTo } from './result.ts'

/** The question before it is entered. */
export const emptyAws: AwsState = {
  ...emptyQuestion,
  typed: awsInput(defaultAwsAnswers),
  status: 'idle',
  attempt: 0,
  found: null,
  problem: null,
}

/** Enters the question; what was typed stays, and AWS is asked anew before one goes on. */
export function enterAws(state: WizardState): Update {
  const { authentication } = state.draft
  if (state.aws.form.fields.length > 0)
    return update({ ...state, aws: { ...state.aws, status: 'idle', found: null, problem: null } })
  const typed = awsInput(authentication?.method === 'aws-iam' ? authentication.aws : defaultAwsAnswers)
  return update({ ...state, aws: { ...emptyAws, typed, form: awsForm(typed) } })
}

function awsForm(input: AwsInput, focus?: string): FormState {
  return form(
    awsFields(input).map(field => inputFor(field, input)),
    focus,
  )
}

function inputFor(field: keyof AwsInput, input: AwsInput): FormField {
  switch (field) {
    case 'way':
      return choiceInput(field, ['role', 'user'], input.way)
    case 'credentials':
      return choiceInput(field, ['chain', 'profile', 'nobody'], input.credentials)
    case 'target':
      return choiceInput(field, ['aws', 'typed'], input.target)
    case 'enable':
      return choiceInput(field, ['no', 'yes'], input.enable ? 'yes' : 'no')
    default:
      return textInput(field, input[field])
  }
}

/** Fields that decide which others are asked. */
const deciding: readonly string[] = ['way', 'credentials', 'target']

/** A key on the screen about AWS; null where it has no meaning there. */
export function awsKey(state: WizardState, command: Command | null, key: Key): Update | null {
  const { aws } = state
  if (command === 'submit') return aws.status === 'asking' ? update(state) : submit(state)
  const next = formKey(aws, command, key)
  if (next === null) return null
  if (next.form.fields === aws.form.fields) return update({ ...state, aws: next })
  const typed = inputOf(next)
  const { focus } = next.form
  const changed = deciding.includes(focus) ? awsForm(typed, focus) : next.form
  return update({ ...state, aws: unasked({ ...next, typed, form: changed }) }, ...endAsking(aws))
}

/** Leaves the step: nobody waits for AWS any more. */
export function leaveAws(state: WizardState): Update {
  const { aws } = state
  if (aws.status !== 'asking') return update(state)
  return update({ ...state, aws: unasked(aws) }, ...endAsking(aws))
}

function unasked(aws: AwsState): AwsState {
  return { ...aws, status: 'idle', found: null, problem: null, attempt: aws.attempt + 1 }
}

function endAsking({ status }: AwsState) {
  return status === 'asking' ? [{ kind: 'cancel' } as const] : []
}

/** Who asks, and what AWS says of the database, is seen before one goes on. */
function submit(state: WizardState): Update {
  const { aws, draft } = state
  const understood = awsAnswer(inputOf(aws))
  if (!understood.ok) return update({ ...state, aws: withProblems(aws, understood.problems) })
  const answered: WizardState = {
    ...state,
    draft: { ...draft, authentication: { method: 'aws-iam', aws: understood.value } },
  }
  const { endpoint, roles } = draft
  const { connector } = state.facts
  const isAsked = aws.status !== 'found' && understood.value.credentials.from !== 'nobody'
  if (!isAsked || endpoint === undefined || roles === undefined || connector === null)
    return updateTo(stepAfter('aws', answered.draft), answered)
  const attempt = aws.attempt + 1
  return update(
    { ...answered, aws: { ...aws, attempt, status: 'asking', found: null, problem: null, problems: [] } },
    {
      kind: 'find-aws',
      attempt,
      aws: understood.value,
      answers: { endpoint, roles },
      connector: { id: connector.id, name: connector.name },
    },
  )
}

/** AWS said who asks and which database it is, or why not. */
export function awsFound(state: WizardState, event: WizardEvent & { kind: 'aws-found' }): Update {
  const { aws } = state
  if (event.attempt !== aws.attempt || aws.status !== 'asking') return update(state)
  const { result } = event
  return update({
    ...state,
    overlay: state.overlay?.kind === 'mfa' ? null : state.overlay,
    textTop: 0,
    aws: result.ok
      ? { ...aws, status: 'found', found: result.value, problem: null }
      : { ...aws, status: 'failed', found: null, problem: result.problem },
  })
}

/** A profile wants the six digits of a device. */
export function mfaAsked(state: WizardState, device: string): Update {
  const forGroups = state.step === 'network' && state.network.groups.status === 'asking'
  if (state.aws.status !== 'asking' && state.review.status !== 'planning' && !forGroups)
    return update(state, { kind: 'give-mfa', code: null })
  return update({ ...state, overlay: { kind: 'mfa', device, typed: textField('') } })
}

/** The digits were typed; null gives up. */
export function mfaGiven(state: WizardState, code: string | null): Update {
  return update({ ...state, overlay: null }, { kind: 'give-mfa', code })
}

function inputOf({ form: fields, typed }: Pick<AwsState, 'form' | 'typed'>): AwsInput {
  const has = (field: string) => fields.fields.some(each => each.id === field)
  const text = (field: Exclude<keyof AwsInput, 'enable' | 'way' | 'credentials' | 'target'>) =>
    has(field) ? fieldValue(fields, field) : typed[field]
  const credentials = fieldValue(fields, 'credentials')
  return {
    way: fieldValue(fields, 'way') === 'user' ? 'user' : 'role',
    credentials: credentials === 'profile' || credentials === 'nobody' ? credentials : 'chain',
    target: fieldValue(fields, 'target') === 'typed' ? 'typed' : 'aws',
    enable: has('enable') ? fieldValue(fields, 'enable') === 'yes' : typed.enable,
    vendorArn: text('vendorArn'),
    externalId: text('externalId'),
    profile: text('profile'),
    region: text('region'),
    instance: text('instance'),
    partition: text('partition'),
    account: text('account'),
    resourceId: text('resourceId'),
    name: text('name'),
    path: text('path'),
    boundary: text('boundary'),
    tags: text('tags'),
  }
}
