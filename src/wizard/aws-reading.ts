import { connectAws } from '../aws/connect.ts'
import { findTarget, regionOf } from '../aws/find-target.ts'
import { askingForLeave } from '../engine/aws/asking-for-leave.ts'
import { ProblemError } from '../model/problem.ts'
import type { AwsPlanInput } from '../plan/aws/make-aws-plan.ts'
import type { AwsFound } from './event.ts'

/**
 * Asks AWS who asks, and which database it is there. Nothing is changed.
 * @throws ProblemError, in words
 */
export async function findAws(
  subject: Pick<AwsPlanInput, 'answers' | 'aws' | 'connector'>,
  {
    mfaCode,
    signal,
  }: { readonly mfaCode: (device: string) => Promise<string>; readonly signal: AbortSignal },
): Promise<AwsFound> {
  const { aws } = subject
  const { endpoint } = subject.answers
  const { credentials } = aws
  if (credentials.from === 'nobody') throw new ProblemError(nobodyAsks)
  const connection = await connectAws({ region: regionOf(aws, endpoint), credentials, mfaCode })
  try {
    return await askingForLeave(subject, connection.region, async known => {
      const identity = await connection.identity(signal)
      known({ identity })
      return { identity, ...(await findTarget(aws, endpoint, connection, signal)) }
    })
  } finally {
    connection.close()
  }
}

const nobodyAsks = { code: 'aws-not-asked', message: 'AWS is not to be asked.' }
