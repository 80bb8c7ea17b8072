import { signToken } from '../../aws/connect.ts'
import { ProblemError } from '../../model/problem.ts'
import type { Secret } from '../../model/secret.ts'
import type { AwsPlan } from '../../plan/aws/aws-plan.ts'
import type { AwsWork } from './aws-work.ts'
import { entryOf } from './make-access-key.ts'

/**
 * Signs tokens with the user's access key, whose secret is in the chosen store. undefined for a role: only who may
 * assume it can sign.
 */
export function awsToken(
  { subject }: Pick<AwsWork, 'subject'>,
  { principal, login, target }: AwsPlan,
  keyId: string | null,
): (() => Promise<Secret>) | undefined {
  if (principal.kind !== 'user' || keyId === null) return undefined
  return async () => {
    const value = await subject.store.read(entryOf({ arn: principal.arn, user: principal.name }, keyId))
    if (value === null)
      throw new ProblemError({
        code: 'aws-key-not-kept',
        message: `The secret of the access key ${keyId} is not in ${subject.store.place} any more.`,
        next: 'Run this again: another key is made then.',
      })
    const { host, port } = subject.answers.endpoint
    return signToken({ host, port, login, target, key: { id: keyId, secret: value } })
  }
}
