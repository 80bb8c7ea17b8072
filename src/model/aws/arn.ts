import type { Problem } from '../problem.ts'
import type { AwsTarget } from './target.ts'

/** An Amazon Resource Name in its parts (AWS General Reference, "Amazon Resource Names"). */
export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

/** The parts of an ARN, or null where the text is none. */
export function parseArn(text: string): Arn | null {
  const match = /^arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|aws|):(\S+)$/.exec(text)
  if (match === null) return null
  const [, partition = '', service = '', region = '', account = '', resource = ''] = match
  return { partition, service, region, account, resource }
}

/** The ARN as text. */
export function arnText({ partition, service, region, account, resource }: Arn): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`
}

/**
 * What `rds-db:connect` is allowed on: one login of one database (RDS User Guide, "Creating and using an IAM policy
 * for IAM database access").
 */
export function connectArn({ partition, region, account, resourceId }: AwsTarget, login: string): string {
  return arnText({ partition, service: 'rds-db', region, account, resource: `dbuser:${resourceId}/${login}` })
}

/** The ARN that IAM gives to what is made in this account; IAM has no region. */
export function iamArn(
  { partition, account }: Pick<AwsTarget, 'partition' | 'account'>,
  type: 'policy' | 'role' | 'user',
  path: string,
  name: string,
): string {
  return arnText({ partition, service: 'iam', region: '', account, resource: `${type}${path}${name}` })
}

/** The characters of the names of users, roles and policies (IAM API Reference, CreateRole and others). */
export const iamName = /^[\w+=,.@-]+$/
/** Of a role or user; a policy may have 128. */
export const maxIamName = 64

/**
 * Who may assume the role, checked: one role or user of one account. An account as a whole (`:root`, or its twelve
 * digits) is taken only with an external ID, since everybody that account trusts could come in.
 */
export function vendorProblem(
  arn: string,
  target: { readonly partition: string; readonly account: string } | null,
  externalId: string | null,
): Problem | null {
  const text = arn.trim()
  if (text.includes('*'))
    return vendor('aws-vendor-wildcard', 'A trust policy with * lets in whoever asks.', oneRole)
  if (/^\d{12}$/.test(text))
    return vendor(
      'aws-vendor-account',
      'These are the twelve digits of an account; with them everybody in that account whom it lets may assume the role.',
      oneRole,
    )
  const parsed = parseArn(text)
  if (parsed === null) return vendor('aws-vendor-not-arn', 'This is no ARN.', oneRole)
  if (parsed.service === 'sts')
    return vendor(
      'aws-vendor-session',
      'This names a session of a role, which ends within hours.',
      'Give the ARN of the role itself: arn:aws:iam::ACCOUNT:role/NAME.',
    )
  if (parsed.service !== 'iam' || parsed.account === '' || parsed.region !== '')
    return vendor('aws-vendor-not-principal', 'This ARN names no role and no user.', oneRole)
  if (parsed.resource === 'root') {
    return externalId !== null
      ? null
      : vendor(
          'aws-vendor-account',
          'This names a whole account: everybody there whom it lets may assume the role.',
          `${oneRole} Or ask for an external ID, and give it here.`,
        )
  }
  if (!/^(role|user)\/(?:[!-~]+\/)?[\w+=,.@-]{1,64}$/.test(parsed.resource))
    return vendor('aws-vendor-not-principal', 'This ARN names no role and no user.', oneRole)
  if (target !== null && parsed.partition !== target.partition)
    return vendor(
      'aws-vendor-partition',
      `This ARN is of the partition ${parsed.partition}, and the database of ${target.partition}: no trust goes from one to the other.`,
      oneRole,
    )
  return null
}

const oneRole =
  'Ask the vendor for the ARN of its role, such as arn:aws:iam::123456789012:role/vendor-node-role.'

function vendor(code: string, message: string, next: string): Problem {
  return { code, message, next }
}

/** An external ID as AssumeRole takes it (STS API Reference: 2 to 1,224 characters). */
export function externalIdProblem(id: string): Problem | null {
  if (id.length >= 2 && id.length <= 1224 && /^[\w+=,.@:/-]*$/.test(id)) return null
  return {
    code: 'aws-external-id',
    message: 'An external ID has 2 to 1224 letters, digits and the characters _ + = , . @ : / -.',
    next: 'Take it as the vendor gave it.',
  }
}

/**
 * What keeps a login from standing in a policy: `*` and `?` are wildcards there, `${` begins a variable, and `/`
 * would end the name. The letters' case counts, in IAM as in the server.
 */
export function policyLoginProblem(login: string): Problem | null {
  if (!/[*?/]|\$\{/.test(login)) return null
  return {
    code: 'aws-login-name',
    message: 'The name of this login has *, ?, / or ${, which mean something else in an IAM policy.',
    next: 'Choose another login.',
  }
}

/** The names that a login made for IAM may have: those that nothing on the way reads in another way. */
export function newLoginProblem(login: string): Problem | null {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(login)) return null
  return {
    code: 'aws-login-name',
    message: 'A login for IAM has small letters, digits and _ only, and begins with no digit.',
    next: 'Choose such a name: it stands in a policy and in the address of the token too.',
  }
}
