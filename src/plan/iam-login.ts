import { newLoginProblem, policyLoginProblem } from '../model/aws/arn.ts'
import type { Change, RoleSetting } from '../model/change.ts'
import { printableName } from '../model/identifier.ts'
import type { Problem } from '../model/problem.ts'
import { isOurs } from './kept-login.ts'
import type { PlanInput } from './plan-input.ts'

/** Its members come in by tokens of AWS IAM, and by nothing else (Amazon RDS User Guide, "Creating a database account using IAM authentication"). */
export const iamGroup = 'rds_iam'

/** Whether the tool shall come in by tokens of AWS IAM. */
export function usesIam({ answers }: Pick<PlanInput, 'answers'>): boolean {
  return answers.authentication.method === 'aws-iam'
}

/**
 * Whether the login has to be made without a maker that administers it: from 16 on an administrator who is no
 * superuser would be a member of rds_iam through it, and no longer come in by its own password (lockout tried on 16
 * and 18).
 */
export function isUnadministered(input: Pick<PlanInput, 'answers' | 'roles' | 'server'>): boolean {
  return usesIam(input) && input.roles.login === null && becomesMember(input)
}

/**
 * What lets the login in by IAM, last of all and in one transaction; nothing where it comes in so already.
 * @param made what a login that is made here is given besides
 * @param membership in the group role, where the login is made here too
 */
export function iamOpening(
  input: PlanInput,
  made: { readonly comment: string; readonly parameters: readonly RoleSetting[] },
  membership: readonly Change[],
): Change[] {
  const { answers, connector, roles } = input
  const { login } = answers.roles
  const changes: Change[] = []
  if (isUnadministered(input)) {
    changes.push(
      {
        kind: 'create-unadministered-login',
        role: login,
        connectionLimit: answers.limits.connectionLimit,
        ...made,
        why: `${connector.name} logs in as this role. You must not be a member of it: as one of ${iamGroup} you would no longer come in by your password. So only a superuser can alter or drop it later; taking its memberships away is enough to shut it out, and that stays yours.`,
      },
      ...membership,
    )
  }
  if (!roles.login?.memberOf.includes(iamGroup)) {
    changes.push({
      kind: 'grant-membership',
      group: iamGroup,
      member: login,
      why: `From then on ${printableName(login)} comes in by tokens of AWS IAM, over TLS, and by nothing else; a password would not be asked for.`,
    })
  }
  if (!isUnadministered(input) && roles.login?.canLogin !== true) {
    changes.push({
      kind: 'open-iam-login',
      role: login,
      why: `It has no password: who may come in is for AWS to say, by a policy for rds-db:connect on exactly this user.`,
    })
  }
  return changes
}

/** The credentials file of AWS is for access keys, and nothing else. */
export function keyPlaceProblems({ answers }: Pick<PlanInput, 'answers'>): Problem[] {
  if (answers.secret.store !== 'aws-credentials' || hasAccessKey(answers)) return []
  return [
    {
      code: 'place-for-keys',
      message: 'The credentials file of AWS takes access keys, and with these answers there is none.',
      next: 'Choose another place for the password.',
      path: 'secret.store',
    },
  ]
}

/** Whether the tool comes with an access key of a user of IAM. */
export function hasAccessKey({
  authentication,
}: Partial<Pick<PlanInput['answers'], 'authentication'>>): boolean {
  return authentication?.method === 'aws-iam' && authentication.aws.way.way === 'user'
}

/** What keeps the tool from coming in by IAM on this server, each with its path in the answers. */
export function iamProblems(input: PlanInput): Problem[] {
  if (!usesIam(input)) return []
  return [
    ...groupProblems(input),
    ...tlsProblems(input),
    ...nameProblems(input),
    ...endProblems(input),
    ...layoutProblems(input),
    ...loginProblems(input),
  ]
}

/** A token is the whole secret, so it is never sent in the clear; on RDS itself TLS cannot be turned off. */
function tlsProblems({ server }: PlanInput): Problem[] {
  if (server.tlsAvailable) return []
  return [
    {
      code: 'iam-without-tls',
      message:
        'The server has TLS off, and tokens of AWS IAM are taken over TLS only: the login could never come in.',
      next: 'Turn TLS on, or choose password.',
      path: 'authentication.method',
    },
  ]
}

/** Of a login that is made here; what no login may have in its name is told with the rest of AWS. */
function nameProblems({ answers, roles }: PlanInput): Problem[] {
  const { login } = answers.roles
  const problem = roles.login === null && policyLoginProblem(login) === null ? newLoginProblem(login) : null
  return problem === null ? [] : [{ ...problem, path: 'roles.login' }]
}

/** Whether the administrator may grant it is for the rehearsal: RDS has rules for that which its catalogue does not show. */
function groupProblems({ roles }: PlanInput): Problem[] {
  if (roles.iam != null) return []
  return [
    {
      code: 'no-rds-iam',
      message: `This server has no role ${iamGroup}: it is none of Amazon RDS or Aurora.`,
      next: 'Choose password.',
      path: 'authentication.method',
    },
  ]
}

function endProblems({ answers }: PlanInput): Problem[] {
  if (answers.limits.validUntil === null) return []
  return [
    {
      code: 'valid-until-without-password',
      message: 'VALID UNTIL ends a password, and a login by AWS IAM has none: it would end nothing.',
      next: 'Leave it out (null). The policy in AWS is what can be taken away, or given an end there.',
      path: 'limits.validUntil',
    },
  ]
}

function layoutProblems(input: PlanInput): Problem[] {
  if (!isUnadministered(input) || input.answers.roles.layout === 'group-and-login') return []
  return [
    {
      code: 'iam-needs-group',
      message: `On PostgreSQL 16 and later ${printableName(input.server.admin.name)} has to make this login last, and cannot alter it afterwards; so the privileges need a group role.`,
      next: 'Choose the layout with a group role, as Atlan has it.',
      path: 'roles.layout',
    },
  ]
}

function loginProblems(input: PlanInput): Problem[] {
  const { answers, roles } = input
  const { login } = roles
  if (login === null || (login.memberOf.includes(iamGroup) && login.canLogin)) return []
  const name = printableName(login.name)
  const path = 'roles.login'
  if (login.alterable && becomesMember(input)) {
    return [
      {
        code: 'iam-would-lock-out',
        message: `You administer ${name}, and so would be a member of ${iamGroup} through it: you would no longer come in by your password.`,
        next: 'Choose a new name, or let a superuser do it.',
        path,
      },
    ]
  }
  if (!login.alterable && !login.canLogin) {
    return [
      {
        code: 'role-not-alterable',
        message: `${printableName(input.server.admin.name)} may not change the role ${name}, which cannot log in.`,
        next: 'Choose another name, or connect as somebody who may.',
        path,
      },
    ]
  }
  // One that an earlier run made and shut out has no password.
  if (answers.replacePassword || (isOurs(login) && !(login.canLogin && login.alterable))) return []
  return [
    {
      code: 'login-exists',
      message: `The role ${name} exists; as a member of ${iamGroup} its password is no longer asked for, and whatever logs in by it now would break.`,
      next: 'Choose another name, or say that its password may go ("replacePassword": true).',
      path,
    },
  ]
}

/** Whether this administrator is a member of what it makes, and of what it administers. */
function becomesMember({ server }: Pick<PlanInput, 'server'>): boolean {
  return server.versionNumber >= 160_000 && !server.admin.superuser
}
