import type { AwsChange } from '../../model/aws/change.ts'
import type { AwsLive } from '../../model/aws/live.ts'
import type { MadeChange } from '../../model/aws/made-change.ts'

/** The line of a journal about what was made, but for its state. */
export function lineOf({ index, change, versionId, keyId }: MadeChange) {
  return {
    entry: 'aws',
    change: index,
    arn: change.arn,
    ...(versionId === null ? {} : { versionId }),
    ...(keyId === null ? {} : { keyId }),
  } as const
}

/** Whether making it again makes another one, instead of being refused or changing nothing. */
export function isDoubledByAgain({ kind }: AwsChange): boolean {
  return kind === 'update-policy' || kind === 'create-access-key'
}

/** The version of an updated policy, where the answer that told it was lost. */
export function withVersion(made: MadeChange, { policy }: Pick<AwsLive, 'policy'>): MadeChange {
  if (made.change.kind !== 'update-policy' || made.versionId !== null) return made
  return { ...made, versionId: policy?.defaultVersion ?? null }
}
