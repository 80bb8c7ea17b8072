import { connectAws } from '../../aws/connect.ts'
import { regionOf } from '../../aws/find-target.ts'
import type { Connector } from '../../connectors/connector.ts'
import type { Answers } from '../../model/answers.ts'
import type { AwsLive } from '../../model/aws/live.ts'
import type { SecretStore } from '../../secrets/store.ts'
import type { AwsWork } from './aws-work.ts'
import { readAwsLive } from './read-live.ts'

/** AWS as a plan needs it: what there is, and what makes the changes. */
export interface OpenedAws {
  readonly work: AwsWork
  readonly live: AwsLive
}

/**
 * Connects to AWS as the answers say and reads what there is; changes nothing. The caller closes
 * `work.connection`.
 * @returns null where the tool logs in without AWS, or AWS is not to be asked
 * @throws AwsFailure, ProblemError
 */
export async function openAws(
  answers: Pick<Answers, 'authentication' | 'roles' | 'endpoint'>,
  connector: Pick<Connector, 'id' | 'name'>,
  store: SecretStore,
  options: {
    readonly mfaCode?: ((device: string) => Promise<string>) | undefined
    readonly signal?: AbortSignal | undefined
  } = {},
): Promise<OpenedAws | null> {
  if (answers.authentication.method !== 'aws-iam') return null
  const { aws } = answers.authentication
  const { credentials } = aws
  if (credentials.from === 'nobody') return null
  const region = regionOf(aws, answers.endpoint)
  const connection = await connectAws({ region, credentials, mfaCode: options.mfaCode })
  const subject = { answers, aws, connector, store }
  try {
    return { work: { connection, subject }, live: await readAwsLive(subject, connection, options.signal) }
  } catch (thrown) {
    connection.close()
    throw thrown
  }
}
