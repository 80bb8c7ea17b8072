import type { Change, RoleParameter, RoleSetting } from '../model/change.ts'
import { printableName } from '../model/identifier.ts'
import type { ExistingRole } from '../model/server-facts.ts'
import { iamOpening, isUnadministered, usesIam } from './iam-login.ts'
import { keepsPassword, sameEnd } from './kept-login.ts'
import type { PlanInput } from './plan-input.ts'

/** How long a login lives that was opened and not yet proved. */
export const minutesUntilProved = 10

/**
 * Roles, their limits and membership: what is there already is not planned again. A login that this administrator
 * may not alter stays as it is; the notes say what differs.
 */
export function roleChanges(input: PlanInput): Change[] {
  const { roles } = input
  return roles.login?.alterable === false
    ? wantedRoleChanges(input).filter(change => !altersLogin(change))
    : wantedRoleChanges(input)
}

/** What somebody who may alter the login would change of it. */
export function changesForAnother(input: PlanInput): Change[] {
  const { roles } = input
  return roles.login?.alterable === false ? wantedRoleChanges(input).filter(altersLogin) : []
}

function altersLogin(change: Change): boolean {
  switch (change.kind) {
    case 'set-connection-limit':
    case 'set-role-parameter':
    case 'reset-role-parameter':
    case 'set-valid-until':
      return true
    default:
      return false
  }
}

function wantedRoleChanges(input: PlanInput): Change[] {
  const { answers, connector, roles } = input
  const { login } = answers.roles
  const changes: Change[] = []
  if (answers.roles.layout === 'group-and-login') {
    changes.push(
      ...newRole(answers.roles.group, null, roles.group, {
        why: `Holds what ${connector.name} may see, so that another login can take its place later.`,
        comment: `pg-usher: ${connector.name}, the group role that holds the privileges`,
      }),
    )
  }
  // It is made last of all, with all that it has.
  if (isUnadministered(input)) return changes
  changes.push(
    ...newRole(login, answers.limits.connectionLimit, roles.login, {
      why: `${connector.name} logs in as this role. It cannot log in before everything else is done.`,
      comment: loginComment(connector),
    }),
  )
  const limit = answers.limits.connectionLimit ?? -1
  if (roles.login !== null && roles.login.connectionLimit !== limit) {
    changes.push({
      kind: 'set-connection-limit',
      role: login,
      limit,
      before: roles.login.connectionLimit,
      why: `Our limit, not the vendor's: however many connections ${connector.name} opens, the others have theirs.`,
    })
  }
  changes.push(...parameterChanges(input), ...keptEnd(input))
  return [...changes, ...membershipInGroup(input)]
}

function membershipInGroup({ answers, roles }: PlanInput): Change[] {
  if (answers.roles.layout !== 'group-and-login' || roles.login?.memberOf.includes(answers.roles.group))
    return []
  const { group, login } = answers.roles
  return [
    {
      kind: 'grant-membership',
      group,
      member: login,
      why: `${printableName(login)} gets what ${printableName(group)} holds, and loses it with the membership.`,
    },
  ]
}

function loginComment({ name }: PlanInput['connector']): string {
  return `pg-usher: ${name}, the login`
}

/**
 * Last of all: the login opened for a few minutes with the new password, and after the proof its chosen end.
 * Nothing where the login keeps its password.
 */
export function openingChanges(input: PlanInput): Change[] {
  if (usesIam(input)) {
    const made = { comment: loginComment(input.connector), parameters: parametersOf(input) }
    return iamOpening(input, made, membershipInGroup(input))
  }
  if (keepsPassword(input)) return []
  const { answers, connector, roles } = input
  const { login } = answers.roles
  const existed = roles.login !== null
  const before = roles.login === null ? {} : { before: roles.login.validUntil }
  const plain = answers.sendPlainPassword === true
  return [
    {
      kind: 'open-login',
      role: login,
      minutes: minutesUntilProved,
      existed,
      ...before,
      ...(roles.login?.canLogin === false ? { couldLogIn: false as const } : {}),
      ...(plain ? { plain } : {}),
      why: `${existed ? 'The new password' : 'The password'} is ${plain ? 'sent as it is, since this server refuses verifiers,' : 'set as its SCRAM-SHA-256 verifier,'} and good for ${minutesUntilProved} minutes: a run that breaks off leaves a login that ends by itself.`,
    },
    {
      kind: 'set-valid-until',
      role: login,
      validUntil: answers.limits.validUntil,
      ...before,
      why:
        answers.limits.validUntil === null
          ? `Once the login is proved to work, ${connector.name} may log in without an end.`
          : `Once the login is proved to work, ${connector.name} may log in until then; our limit, not the vendor's.`,
    },
  ]
}

function newRole(
  role: string,
  connectionLimit: number | null,
  existing: ExistingRole | null,
  text: { why: string; comment: string },
): Change[] {
  if (existing !== null) return []
  return [
    { kind: 'create-role', role, connectionLimit, why: text.why },
    {
      kind: 'comment-role',
      role,
      comment: text.comment,
      before: null,
      why: 'Tells whoever finds this role later where it comes from.',
    },
  ]
}

/** Another end for a login that keeps its password: nothing has to be proved before it. */
function keptEnd(input: PlanInput): Change[] {
  const { answers, roles } = input
  const { validUntil } = answers.limits
  if (usesIam(input) || roles.login === null || !keepsPassword(input)) return []
  if (sameEnd(roles.login.validUntil, validUntil)) return []
  return [
    {
      kind: 'set-valid-until',
      role: answers.roles.login,
      validUntil,
      before: roles.login.validUntil,
      why: "Until then it may log in, with the password that it has; our limit, not the vendor's.",
    },
  ]
}

function parameterChanges(input: PlanInput): Change[] {
  const { limits, roles } = input.answers
  const existing = input.roles.login
  const changes: Change[] = []
  const set = (parameter: RoleParameter, value: string | null, why: string) => {
    const before = settingOf(existing, parameter)
    if (before === value) return
    if (value !== null)
      changes.push({ kind: 'set-role-parameter', role: roles.login, parameter, value, before, why })
    else if (before !== null && isEarlier(input, parameter, before))
      changes.push({
        kind: 'reset-role-parameter',
        role: roles.login,
        parameter,
        before,
        why: 'An earlier run set it, and it is not chosen any more.',
      })
  }
  set(
    'statement_timeout',
    limits.statementTimeout === null ? null : `${limits.statementTimeout}s`,
    "Ends a query that runs away. A default that the tool could change for itself; our limit, not the vendor's.",
  )
  set(
    'default_transaction_read_only',
    limits.readOnly ? 'on' : null,
    'Its transactions begin read-only. A second line behind the missing privileges, not instead of them.',
  )
  return changes
}

/** What a new login is set to. */
function parametersOf(input: PlanInput): readonly RoleSetting[] {
  return parameterChanges(input).flatMap(change =>
    change.kind === 'set-role-parameter' ? [{ parameter: change.parameter, value: change.value }] : [],
  )
}

function isEarlier({ answers, earlier }: PlanInput, parameter: RoleParameter, value: string): boolean {
  return (earlier?.parameters ?? []).some(
    each => each.role === answers.roles.login && each.parameter === parameter && each.value === value,
  )
}

function settingOf(role: ExistingRole | null, parameter: RoleParameter): string | null {
  const setting = role?.settings.find(each => each.startsWith(`${parameter}=`))
  return setting === undefined ? null : setting.slice(parameter.length + 1)
}
