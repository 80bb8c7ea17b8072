import type { Account } from './account.ts'
import { errors, refuse } from './api-error.ts'

/** What IAM refuses of a managed policy, as far as ours could be wrong. @throws ApiRefusal */
export function checkPolicyDocument(text: string): void {
  if (text.replace(/\s/g, '').length > 6144) refuse(errors.limit('Cannot exceed quota for PolicySize: 6144'))
  for (const statement of statementsOf(text)) {
    if ('Principal' in statement) refuse(errors.malformed('Policy document should not specify a principal.'))
    if (!('Resource' in statement) && !('NotResource' in statement))
      refuse(errors.malformed('Policy statement must contain resources.'))
  }
}

/** What IAM refuses of a trust policy. @throws ApiRefusal */
export function checkTrust(account: Account, text: string): void {
  if (text.replace(/\s/g, '').length > 2048)
    refuse(errors.limit('Cannot exceed quota for ACLSizePerRole: 2048'))
  for (const statement of statementsOf(text)) {
    if ('Resource' in statement) refuse(errors.malformed('Has prohibited field Resource'))
    if (!('Principal' in statement)) refuse(errors.malformed('Missing required field Principal'))
    for (const principal of principalsOf(statement)) {
      const isAccount = /^\d{12}$/.test(principal) || /:root$/.test(principal)
      if (principal === '*' || isAccount || account.foreignPrincipals.has(principal)) continue
      const [, own] = /:(?:role|user)\/(?:.*\/)?([^/]+)$/.exec(principal) ?? []
      if (principal.includes(`::${account.id}:`) && own !== undefined) {
        if (account.roles.has(own) || account.users.has(own)) continue
      }
      refuse(errors.malformed(`Invalid principal in policy: "AWS":"${principal}"`))
    }
  }
}

/** The trust policy as IAM shows it: an account as its root's ARN; where a principal was deleted, its id instead. */
export function shownTrust({ foreignPrincipals, partition }: Account, text: string): string {
  return text.replaceAll(/"(arn:[^"]+|\d{12})"/g, (whole, principal: string) => {
    if (/^\d{12}$/.test(principal)) return `"arn:${partition}:iam::${principal}:root"`
    const id = foreignPrincipals.get(principal)
    return id?.startsWith('deleted:') === true ? `"${id.slice('deleted:'.length)}"` : whole
  })
}

function statementsOf(text: string): readonly Readonly<Record<string, unknown>>[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    refuse(errors.malformed('This policy contains invalid Json'))
  }
  if (typeof json !== 'object' || json === null || !('Statement' in json))
    refuse(errors.malformed('Syntax errors in policy.'))
  const statements = [json.Statement].flat()
  for (const statement of statements) {
    const { Effect: effect, Action: action } = statement as Readonly<Record<string, unknown>>
    if (effect !== 'Allow' && effect !== 'Deny') refuse(errors.malformed('Syntax errors in policy.'))
    if (action === undefined) refuse(errors.malformed('Policy statement must contain actions.'))
  }
  return statements as readonly Readonly<Record<string, unknown>>[]
}

function principalsOf({ Principal: principal }: Readonly<Record<string, unknown>>): readonly string[] {
  if (typeof principal === 'string') return [principal]
  if (typeof principal !== 'object' || principal === null || !('AWS' in principal)) return []
  return [principal.AWS].flat().map(String)
}
