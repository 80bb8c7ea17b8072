import type { AwsConnection } from '../../aws/connection.ts'
import { findTarget } from '../../aws/find-target.ts'
import type { Connector } from '../../connectors/connector.ts'
import type { Answers } from '../../model/answers.ts'
import type { AwsAnswers } from '../../model/aws/answers.ts'
import type { AwsLive } from '../../model/aws/live.ts'
import { awsNames } from '../../plan/aws/make-aws-plan.ts'
import type { SecretStore } from '../../secrets/store.ts'
import { askingForLeave } from './asking-for-leave.ts'
import { keyEntry } from './key-entry.ts'

/** Whose part of AWS is read. */
export interface AwsSubject {
  readonly answers: Pick<Answers, 'roles' | 'endpoint'>
  readonly aws: AwsAnswers
  readonly connector: Pick<Connector, 'id' | 'name'>
  /** Where secrets of keys are kept. */
  readonly store: Pick<SecretStore, 'has'>
}

/**
 * Reads all that a plan is about, and changes nothing.
 * @throws ProblemError where there is no such database, AwsFailure where something may not be looked at
 */
export async function readAwsLive(
  subject: AwsSubject,
  connection: AwsConnection,
  signal?: AbortSignal,
): Promise<AwsLive> {
  const { answers, aws, connector, store } = subject
  const { read, region } = connection
  return askingForLeave(subject, region, async known => {
    const identity = await connection.identity(signal)
    known({ identity })
    const found = await findTarget(aws, answers.endpoint, connection, signal)
    known({ target: found.target })
    const names = awsNames({ answers, aws, connector, live: null }, found.target)
    const [policy, role, user] = await Promise.all([
      read.policy(names.policyArn, signal),
      aws.way.way === 'role' ? read.role(names.name, signal) : null,
      aws.way.way === 'user' ? read.user(names.name, signal) : null,
    ])
    const storedKeys: string[] = []
    for (const { id } of user?.keys ?? [])
      if (await store.has(keyEntry(found.target, names.name, id))) storedKeys.push(id)
    return { identity, ...found, policy, role, user, storedKeys }
  })
}
