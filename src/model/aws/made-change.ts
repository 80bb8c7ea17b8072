import type { AwsChange } from './change.ts'

/** A change in AWS that was made, or may have been. */
export interface MadeChange {
  /** Its place in the plan's AWS part: `flag`, then `changes`, from 0. */
  readonly index: number
  readonly change: AwsChange
  /** Whether AWS said that it did it; false where it has to be looked at whether it is there. */
  readonly certain: boolean
  /** The id of the policy version that was made. */
  readonly versionId: string | null
  /** The id of the access key that was made. */
  readonly keyId: string | null
}
