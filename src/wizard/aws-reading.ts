import { connectAws } from '../aws/connect.ts'
import { type FoundTarget, findTarget, regionOf } from '../aws/find-target.ts'
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
  { mfaCode, signal }: Surroundings,
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

/**
 * Asks RDS which database has this name, and so which security groups, with the credentials that AWS's own tools use.
 * @throws ProblemError, in words
 */
export async function findGroups(
  endpoint: { readonly host: string },
  { mfaCode, signal }: Surroundings,
): Promise<FoundTarget> {
  const subject = { target: { from: 'aws', region: null, instance: null } } as const
  const region = regionOf(subject, endpoint)
  const connection = await connectAws({ region, credentials: { from: 'chain' }, mfaCode })
  try {
    return await findTarget(subject, endpoint, connection, signal)
  } finally {
    connection.close()
  }
}

interface Surroundings {
  readonly mfaCode: (device: string) => Promise<string>
  readonly signal: AbortSignal
}

const nobodyAsks = { code: 'aws-not-asked', message: 'AWS is not to be asked.' }
