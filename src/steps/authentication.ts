import type { Authentication, AuthenticationMethod, LoginLimits, RoleLayout } from '../model/answers.ts'
import type { AwsAnswers } from '../model/aws/answers.ts'
import { newLoginProblem, policyLoginProblem } from '../model/aws/arn.ts'
import { roleNameProblem } from '../model/identifier.ts'
import type { Problem } from '../model/problem.ts'
import type { ExistingRole } from '../model/server-facts.ts'
import { iamGroup } from '../plan/iam-login.ts'
import { isOurs } from '../plan/kept-login.ts'
import { defaultAwsAnswers } from './aws.ts'
import { type Facts, type FieldProblem, knownRole, type Understood } from './step.ts'

/** What stands in the fields. */
export interface AuthenticationInput {
  readonly method: AuthenticationMethod
  readonly layout: RoleLayout['layout']
  readonly group: string
  readonly login: string
  readonly connectionLimit: string
  /** `YYYY-MM-DD`, the last day on which the login is valid (UTC); empty for no end. */
  readonly validUntil: string
  /** Whole seconds; empty for none. */
  readonly statementTimeout: string
  readonly readOnly: boolean
}

export interface AuthenticationAnswer {
  readonly authentication: Authentication
  readonly roles: RoleLayout
  readonly limits: LoginLimits
}

/** The input that an answer stands for, to fill the fields with. */
export function authenticationInput(answer: AuthenticationAnswer, groupName: string): AuthenticationInput {
  const { roles, limits } = answer
  return {
    method: answer.authentication.method,
    layout: roles.layout,
    group: roles.layout === 'group-and-login' ? roles.group : groupName,
    login: roles.login,
    connectionLimit: limits.connectionLimit === null ? '' : String(limits.connectionLimit),
    validUntil: limits.validUntil === null ? '' : limits.validUntil.slice(0, 10),
    statementTimeout: limits.statementTimeout === null ? '' : String(limits.statementTimeout),
    readOnly: limits.readOnly,
  }
}

/**
 * Understands the fields; whether the names are free is for {@link roleProblems}.
 * @param aws what was answered about AWS, which the next question asks
 */
export function authenticationAnswer(
  input: AuthenticationInput,
  today: Date,
  aws: AwsAnswers = defaultAwsAnswers,
): Understood<AuthenticationAnswer> {
  const problems: FieldProblem[] = []
  const add = (field: string, code: string, message: string, next?: string) =>
    problems.push({ field, problem: { code, message, ...(next === undefined ? {} : { next }) } })

  const names = input.layout === 'group-and-login' ? (['group', 'login'] as const) : (['login'] as const)
  for (const field of names) {
    const problem = roleNameProblem(input[field])
    if (problem !== null) problems.push({ field, problem })
  }
  const iamName = input.method === 'aws-iam' ? policyLoginProblem(input.login) : null
  if (iamName !== null) problems.push({ field: 'login', problem: iamName })
  if (input.layout === 'group-and-login' && input.group === input.login)
    add('login', 'same-name', 'The group and the login need different names.')

  const connectionLimit = wholeNumber(input.connectionLimit)
  if (connectionLimit === 'bad' || connectionLimit === 0)
    add('connectionLimit', 'bad-number', 'A number of connections from 1, or nothing for no limit.')
  const statementTimeout = wholeNumber(input.statementTimeout)
  if (statementTimeout === 'bad' || statementTimeout === 0 || (statementTimeout ?? 0) > 2_147_483)
    add('statementTimeout', 'bad-number', 'Whole seconds from 1 to 2147483, or nothing for no limit.')
  // It ends a password, and there is none: the field is not asked for.
  const validUntil = input.method === 'aws-iam' ? null : lastInstantOf(input.validUntil)
  if (validUntil === 'bad') add('validUntil', 'bad-date', 'A date such as 2027-06-30, or nothing for no end.')
  else if (validUntil !== null && Date.parse(validUntil) <= today.getTime())
    add('validUntil', 'past-date', 'This day is over: the login could never be used.')

  if (problems.length > 0 || connectionLimit === 'bad' || statementTimeout === 'bad' || validUntil === 'bad')
    return { ok: false, problems }
  return {
    ok: true,
    value: {
      authentication: input.method === 'aws-iam' ? { method: input.method, aws } : { method: input.method },
      roles:
        input.layout === 'group-and-login'
          ? { layout: input.layout, group: input.group, login: input.login }
          : { layout: input.layout, login: input.login },
      limits: { connectionLimit, validUntil, statementTimeout, readOnly: input.readOnly },
    },
  }
}

/** The roles of a layout with what each is for. */
export function rolesOf(
  roles: RoleLayout,
): readonly { readonly field: 'group' | 'login'; readonly name: string }[] {
  return roles.layout === 'group-and-login'
    ? [
        { field: 'group', name: roles.group },
        { field: 'login', name: roles.login },
      ]
    : [{ field: 'login', name: roles.login }]
}

/** Why an existing role may not be used; null where it may. */
export function roleRefusal(field: 'group' | 'login', role: ExistingRole): Problem | null {
  if (role.elevated.length > 0)
    return {
      code: 'role-elevated',
      message: `${role.name} exists and has ${role.elevated.join(', ')}: it is never handed to a tool.`,
      next: 'Choose another name.',
    }
  if (role.owns > 0)
    return {
      code: 'role-owns-objects',
      message: `${role.name} exists and owns ${role.owns} objects: it could change them.`,
      next: 'Choose another name.',
    }
  if (field === 'group' && role.canLogin)
    return {
      code: 'group-can-login',
      message: `${role.name} exists and can log in: a group role must not.`,
      next: 'Choose another name.',
    }
  return null
}

/** What the live server has against the names; `unknown` while one is not looked up yet. */
export function roleProblems(
  { roles, authentication }: Pick<AuthenticationAnswer, 'roles' | 'authentication'>,
  facts: Facts,
): readonly FieldProblem[] | 'unknown' {
  const problems: FieldProblem[] = []
  const signsInByIam = authentication.method === 'aws-iam'
  for (const { field, name } of rolesOf(roles)) {
    const found = knownRole(facts, name)
    if (found === undefined) return 'unknown'
    const made = field === 'login' && signsInByIam ? newLoginProblem(name) : null
    const problem = found === null ? made : roleRefusal(field, found)
    if (problem !== null) problems.push({ field, problem })
  }
  return problems
}

/**
 * What becomes of the login's password. `new`: it has none that anybody uses. `replace`: somebody made it, and going
 * on needs a typed confirmation. `keep`: it is not for this administrator to change. `keep-or-replace`: we made it.
 */
export type PasswordChoice = 'new' | 'keep' | 'replace' | 'keep-or-replace'

/** The choice that there is for the login of these names. */
export function passwordChoice(
  { roles, authentication }: Pick<AuthenticationAnswer, 'roles' | 'authentication'>,
  facts: Facts,
): PasswordChoice {
  const login = knownRole(facts, roles.login)
  if (login == null) return 'new'
  return authentication.method === 'aws-iam' ? iamChoiceOf(login) : passwordChoiceOf(login)
}

/** The same for a login that shall come in by AWS IAM: a password that it has is no longer asked for then. */
export function iamChoiceOf(login: ExistingRole): 'new' | 'keep' | 'replace' {
  if (login.memberOf.includes(iamGroup) && login.canLogin) return 'keep'
  return isOurs(login) && !(login.canLogin && login.alterable) ? 'new' : 'replace'
}

/** The same for a login that exists. */
export function passwordChoiceOf(login: ExistingRole): PasswordChoice {
  if (!login.alterable) return 'keep'
  if (!isOurs(login)) return 'replace'
  return login.canLogin ? 'keep-or-replace' : 'new'
}

function wholeNumber(text: string): number | null | 'bad' {
  const trimmed = text.trim()
  if (trimmed === '') return null
  return /^\d{1,9}$/.test(trimmed) ? Number(trimmed) : 'bad'
}

/** VALID UNTIL of a whole last day, in UTC. */
function lastInstantOf(day: string): string | null | 'bad' {
  const trimmed = day.trim()
  if (trimmed === '') return null
  if (!/^\d{4}-\d{2}-\d{2}$/.test(trimmed)) return 'bad'
  const instant = new Date(`${trimmed}T23:59:59.000Z`)
  return Number.isNaN(instant.getTime()) || !instant.toISOString().startsWith(trimmed)
    ? 'bad'
    : instant.toISOString()
}
