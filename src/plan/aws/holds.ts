import type { AwsChange, AwsPrincipal } from '../../model/aws/change.ts'
import type { AwsLive, LivePolicy, LivePrincipal } from '../../model/aws/live.ts'
import type { AwsTag } from '../../model/aws/policy.ts'
import { ownerOf, ownershipTag } from './names.ts'
import { sameDocument } from './same-document.ts'

/** What there is, as far as it decides whether a change holds. */
export type LiveThings = Pick<AwsLive, 'database' | 'policy' | 'role' | 'user' | 'storedKeys'>

/**
 * Whether the change is to be seen in AWS. What is to be made holds only where it has our tag: what somebody else has
 * made under the same name, saying the same, is theirs. A key's holds where there is one besides those of before whose
 * secret is kept.
 */
export function holdsInAws(change: AwsChange, live: LiveThings): boolean {
  switch (change.kind) {
    case 'enable-iam-authentication':
      return live.database?.iamAuthentication === true && live.database.pending.length === 0
    case 'create-policy':
      return hasOurTag(change, live.policy) && sameDocument(live.policy?.document ?? '', change.document)
    case 'update-policy':
      return live.policy?.arn === change.arn && sameDocument(live.policy.document, change.document)
    case 'create-role':
      return hasOurTag(change, live.role) && sameDocument(live.role?.trust ?? '', change.trust)
    case 'update-trust':
      return live.role?.arn === change.arn && sameDocument(live.role.trust, change.trust)
    case 'create-user':
      return hasOurTag(change, live.user)
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

/** The policy, role or user that the change makes or is about; null where there is none, and for the flag. */
export function thingOf(change: AwsChange, live: LiveThings): LivePolicy | LivePrincipal | null {
  switch (change.kind) {
    case 'enable-iam-authentication':
      return null
    case 'create-policy':
    case 'update-policy':
      return live.policy
    case 'create-role':
    case 'update-trust':
      return live.role
    case 'create-user':
    case 'delete-access-key':
    case 'create-access-key':
      return live.user
    case 'set-boundary':
      return principalOf(change.of, live)
    case 'attach-policy':
      return principalOf(change.to, live)
  }
}

function principalOf(of: AwsPrincipal, { role, user }: LiveThings): LivePrincipal | null {
  return 'role' in of ? role : user
}

/** Whether it is what the change makes: by its ARN, and by the tag that only we give. */
function hasOurTag(
  { arn, tags }: { readonly arn: string; readonly tags: readonly AwsTag[] },
  there: LivePolicy | LivePrincipal | null,
): boolean {
  const wanted = tags.find(({ key }) => key === ownershipTag)
  return there?.arn === arn && wanted !== undefined && ownerOf(there.tags, wanted) === 'this'
}
