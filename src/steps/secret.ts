import type { SecretAnswer, SecretStoreKind } from '../model/answers.ts'
import { passphraseProblem } from '../model/passphrase.ts'
import type { Problem } from '../model/problem.ts'
import { type Secret, secret } from '../model/secret.ts'
import { serviceNameProblem } from '../model/service-stanza.ts'
import type { FieldProblem, Understood } from './step.ts'

/** How a place is typed in; what the chosen store does not ask for is empty. */
export interface SecretInput {
  readonly store: SecretStoreKind
  readonly path: string
  readonly service: string
  readonly folder: string
  readonly lock: AgeLock
  readonly passphrase: string
  readonly again: string
  readonly recipient: string
  readonly identity: string
}

/** What an age file is encrypted with. */
export type AgeLock = 'passphrase' | 'recipient'

/** The part of the answers, and the passphrase, which is no answer. */
export interface UnderstoodPlace {
  readonly answer: SecretAnswer
  readonly passphrase: Secret | null
}

/** Understands where the password goes. */
export function secretAnswer(input: SecretInput): Understood<UnderstoodPlace> {
  switch (input.store) {
    case 'passfile':
      return passfileAnswer(input)
    case 'age':
      return ageAnswer(input)
    default:
      return { ok: true, value: { answer: { store: input.store }, passphrase: null } }
  }
}

function passfileAnswer(input: SecretInput): Understood<UnderstoodPlace> {
  const path = input.path.trim()
  const service = input.service.trim()
  const nameProblem = service === '' ? null : serviceNameProblem(service)
  const problems = [
    ...wholePath('path', path, 'The whole path of the passfile, from the root.'),
    ...(nameProblem === null ? [] : [{ field: 'service', problem: nameProblem }]),
  ]
  if (problems.length > 0) return { ok: false, problems }
  const answer: SecretAnswer =
    service === '' ? { store: 'passfile', path } : { store: 'passfile', path, service }
  return { ok: true, value: { answer, passphrase: null } }
}

function ageAnswer(input: SecretInput): Understood<UnderstoodPlace> {
  const folder = input.folder.trim()
  const inFolder = wholePath('folder', folder, 'The whole path of a folder, from the root.')
  if (input.lock === 'passphrase') {
    const problems = [...inFolder, ...passphraseProblems(input)]
    if (problems.length > 0) return { ok: false, problems }
    return { ok: true, value: { answer: { store: 'age', folder }, passphrase: secret(input.passphrase) } }
  }
  const recipient = input.recipient.trim()
  const identity = input.identity.trim()
  const problems = [
    ...inFolder,
    ...(recipient === '' ? [{ field: 'recipient', problem: noRecipient }] : []),
    ...(identity === '' ? [] : wholePath('identity', identity, 'The whole path of a file, from the root.')),
  ]
  if (problems.length > 0) return { ok: false, problems }
  const answer: SecretAnswer =
    identity === '' ? { store: 'age', folder, recipient } : { store: 'age', folder, recipient, identity }
  return { ok: true, value: { answer, passphrase: null } }
}

function passphraseProblems({ passphrase, again }: SecretInput): readonly FieldProblem[] {
  const short = passphraseProblem(passphrase)
  if (short !== null) return [{ field: 'passphrase', problem: short }]
  return passphrase === again ? [] : [{ field: 'again', problem: otherPassphrase }]
}

function wholePath(field: string, path: string, message: string): readonly FieldProblem[] {
  if (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) return []
  return [{ field, problem: { code: 'bad-path', message } }]
}

const otherPassphrase: Problem = {
  code: 'other-passphrase',
  message: 'This is not what was typed above.',
}

const noRecipient: Problem = {
  code: 'no-recipient',
  message: 'A public key of age: age1...',
}
