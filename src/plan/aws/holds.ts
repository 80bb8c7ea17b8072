import type { AwsChange, AwsPrincipal } from '../../model/aws/change.ts'
import type { AwsLive, LivePrincipal } from '../../model/aws/live.ts'
import { sameDocument } from './same-document.ts'

/** What there is, as far as it decides whether a change holds. */
export type LiveThings = Pick<AwsLive, 'database' | 'policy' | 'role' | 'user' | 'storedKeys'>

/**
 * Whether the change is to be seen in AWS. A key's holds where there is one besides those of before whose secret is
 * kept.
 */
export function holdsInAws(change: AwsChange, live: LiveThings): boolean {
  switch (change.kind) {
    case 'enable-iam-authentication':
      return live.database?.iamAuthentication === true && live.database.pending.length === 0
    case 'create-policy':
    case 'update-policy':
      return live.policy?.arn === change.arn && sameDocument(live.policy.document, change.document)
    case 'create-role':
    case 'update-trust':
      return live.role?.arn === change.arn && sameDocument(live.role.trust, change.trust)
    case 'create-user':
      return live.user?.arn === change.arn
    case 'set-boundary':
      return principalOf(change.of, live)?.boundary === change.boundary
    case 'attach-policy':
      return principalOf(change.to, live)?.attached.includes(change.policy) === true
    case 'delete-access-key':
      return live.user?.keys.every(({ id }) => id !== change.keyId) !== false
    case 'create-access-key':
      return (
        live.user?.keys.some(
          ({ id, active }) => active && !change.keysBefore.includes(id) && live.storedKeys.includes(id),
        ) === true
      )
  }
}

function principalOf(of: AwsPrincipal, { role, user }: LiveThings): LivePrincipal | null {
  return 'role' in of ? role : user
}
