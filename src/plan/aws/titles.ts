import type { AwsChange, AwsPrincipal } from '../../model/aws/change.ts'

/** The change in a few words. */
export function awsTitleOf(change: AwsChange): string {
  switch (change.kind) {
    case 'enable-iam-authentication':
      return `Turn IAM authentication on for the ${change.database} ${change.identifier}`
    case 'create-policy':
      return `Create the policy ${change.name}`
    case 'update-policy':
      return `Give the policy ${change.arn} a new version`
    case 'create-role':
      return `Create the role ${change.name}`
    case 'update-trust':
      return `Say anew who may assume the role ${change.role}`
    case 'create-user':
      return `Create the user ${change.name}`
    case 'set-boundary':
      return `Bound ${principalWords(change.of)} by ${change.boundary}`
    case 'attach-policy':
      return `Attach the policy to ${principalWords(change.to)}`
    case 'delete-access-key':
      return `Delete the access key ${change.keyId} of the user ${change.user}`
    case 'create-access-key':
      return `Create an access key for the user ${change.user}`
  }
}

/** How the change is seen to hold, in words. */
export function awsCheckWords(change: AwsChange): string {
  switch (change.kind) {
    case 'enable-iam-authentication':
      return 'RDS says that the flag is on and that no modification is pending.'
    case 'create-policy':
    case 'update-policy':
      return "The policy's default version is read back and says the same."
    case 'create-role':
    case 'update-trust':
      return 'The trust policy is read back and says the same.'
    case 'create-user':
      return 'The user is there, with our tag.'
    case 'set-boundary':
      return 'The boundary is read back.'
    case 'attach-policy':
      return 'The policy is among those attached.'
    case 'delete-access-key':
      return 'The key is no longer listed.'
    case 'create-access-key':
      return 'The key is listed, and its secret is read back from where it is kept.'
  }
}

/** What undo does about it, in words. */
export function awsUndoWords(change: AwsChange): string {
  switch (change.kind) {
    case 'enable-iam-authentication':
      return 'It stays on: alone it lets nobody in, and others may use it by then. The command to turn it off is shown.'
    case 'create-policy':
      return 'The policy is deleted, with its other versions before it.'
    case 'update-policy':
      return `Version ${change.before} becomes the default again, and the new one is deleted.`
    case 'create-role':
      return 'The role is deleted.'
    case 'update-trust':
      return 'The trust policy of before is put back.'
    case 'create-user':
      return 'The user is deleted.'
    case 'set-boundary':
      return change.before === null ? 'The boundary is taken off.' : `${change.before} is put back.`
    case 'attach-policy':
      return 'The policy is detached.'
    case 'delete-access-key':
      return 'It cannot be undone: the secret of this key was lost, nobody can use it.'
    case 'create-access-key':
      return 'The key is deleted, and its secret removed from where it is kept.'
  }
}

function principalWords(of: AwsPrincipal): string {
  return 'role' in of ? `the role ${of.role}` : `the user ${of.user}`
}
