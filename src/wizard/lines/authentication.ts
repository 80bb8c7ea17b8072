import { counted } from '../../model/counted.ts'
import { type Paragraph, problemParagraphs } from '../../model/paragraph.ts'
import type { ExistingRole } from '../../model/server-facts.ts'
import {
  iamChoiceOf,
  type PasswordChoice,
  passwordChoiceOf,
  roleRefusal,
} from '../../steps/authentication.ts'
import { knownRole } from '../../steps/step.ts'
import { fieldValue } from '../../terminal/form.ts'
import type { WizardState } from '../state.ts'
import { type Line, linesOf } from './line.ts'

/** What the live server says about the names, below the form. */
export function authenticationLines(state: WizardState): readonly Line[] {
  const { form, lookUpProblem } = state.authentication
  const paragraphs: Paragraph[] = lookUpProblem === null ? [] : problemParagraphs(lookUpProblem)
  for (const field of ['group', 'login'] as const) {
    const name = fieldValue(form, field)
    if (name === '' || !form.fields.some(each => each.id === field)) continue
    const role = knownRole(state.facts, name)
    if (role === undefined) continue
    if (role === null) paragraphs.push({ text: `${name}: free.`, tone: 'good' })
    else paragraphs.push(...existing(field, role, fieldValue(form, 'method') === 'aws-iam'))
  }
  if (fieldValue(form, 'readOnly') === 'yes')
    paragraphs.push({
      text: 'Read-only by default is a setting that the tool could undo; what it may do is decided by its privileges alone.',
      tone: 'muted',
    })
  return linesOf(paragraphs, state.size.columns)
}

function existing(field: 'group' | 'login', role: ExistingRole, byIam: boolean): Paragraph[] {
  const refusal = roleRefusal(field, role)
  const about = [
    role.canLogin ? 'can log in' : 'cannot log in',
    ...(role.connectionLimit < 0 ? [] : [`at most ${counted(role.connectionLimit, 'connection')}`]),
    role.validUntil === null ? 'no end' : `valid until ${role.validUntil}`,
    ...(role.memberOf.length === 0 ? [] : [`member of ${role.memberOf.join(', ')}`]),
    ...(role.members.length === 0 ? [] : [`members ${role.members.join(', ')}`]),
    ...role.settings,
    `${counted(role.sessions, 'session')} now`,
    'PostgreSQL keeps no date of its password',
  ]
  return [
    { text: `${role.name}: exists. ${about.join('; ')}.`, tone: 'warn', hanging: 2 },
    ...(refusal === null
      ? field === 'login'
        ? [
            {
              text: byIam ? whatIamMakesOfIt[iamChoiceOf(role)] : whatBecomesOfIt[passwordChoiceOf(role)],
              indent: 2,
            },
          ]
        : [{ text: 'It is used as it is, and keeps what it has.', indent: 2 }]
      : [{ text: `${refusal.message} ${refusal.next ?? ''}`, tone: 'bad' as const, indent: 2 }]),
  ]
}

const whatBecomesOfIt: Readonly<Record<PasswordChoice, string>> = {
  new: 'pg-usher made it, and it cannot log in yet: it gets a password.',
  keep: 'It keeps its password and its limits, which you may not change; it is only granted to.',
  replace: 'Going on replaces its password: whoever uses it now is locked out until told the new one.',
  'keep-or-replace': 'pg-usher made it. It keeps its password, unless you say that it gets a new one.',
}

const whatIamMakesOfIt: Readonly<Record<ReturnType<typeof iamChoiceOf>, string>> = {
  new: 'pg-usher made it, and nobody comes in by it: it gets its way in through AWS IAM.',
  keep: 'It comes in by AWS IAM already.',
  replace: 'Going on ends its password: whoever uses it now is locked out.',
}
