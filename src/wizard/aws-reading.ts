import { connectAws } from '../aws/connect.ts'
import { findTarget, regionOf } from '../aws/find-target.ts'
import type { Endpoint } from '../model/answers.ts'
import type { AwsAnswers } from '../model/aws/answers.ts'
import { ProblemError } from '../model/problem.ts'
import type { AwsFound } from './event.ts'

/**
 * Asks AWS who asks, and which database it is there. Nothing is changed.
 * @throws ProblemError, in words
 */
export async function findAws(
  answers: AwsAnswers,
  endpoint: Endpoint,
  {
    mfaCode,
    signal,
  }: { readonly mfaCode: (device: string) => Promise<string>; readonly signal: AbortSignal },
): Promise<AwsFound> {
  const { credentials } = answers
  if (credentials.from === 'nobody') throw new ProblemError(nobodyAsks)
  const connection = await connectAws({ region: regionOf(answers, endpoint), credentials, mfaCode })
  try {
    const identity = await connection.identity(signal)
    return { identity, ...(await findTarget(answers, endpoint, connection, signal)) }
  } finally {
    connection.close()
  }
}

const nobodyAsks = { code: 'aws-not-asked', message: 'AWS is not to be asked.' }
