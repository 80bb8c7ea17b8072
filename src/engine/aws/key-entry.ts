import type { AwsTarget } from '../../model/aws/target.ts'
import type { SecretEntry } from '../../secrets/store.ts'

/**
 * Where an access key's secret is kept: by the key's id, so that a secret is never taken for another key's. The host
 * is the one that IAM's calls go to.
 */
export function keyEntry(
  { partition }: Pick<AwsTarget, 'partition'>,
  user: string,
  keyId: string,
): SecretEntry {
  const host = partition === 'aws-cn' ? 'iam.amazonaws.com.cn' : 'iam.amazonaws.com'
  return { user: keyId, host, port: 443, databases: [user] }
}
